import type { Json } from "../contract.ts";

/** Why a simulated product does not do what it was asked; each product words it in its own protocol. */
export type Refusal =
  | { kind: "invalid"; text: string; field?: string; value?: Json; accepts?: string }
  | { kind: "duplicate"; text: string; candidates: string[] }
  | { kind: "stale"; text: string }
  | { kind: "missing"; text: string };

/** Thrown by a product's rules, caught where its protocol answers. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.refusal = refusal;
  }
}

export function refuse(text: string, field: string, value: Json | undefined, accepts?: string): never {
  throw new RefusedError({
    kind: "invalid",
    text,
    field,
    ...(value === undefined ? {} : { value }),
    ...(accepts === undefined ? {} : { accepts }),
  });
}
