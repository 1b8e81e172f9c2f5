import { isStorable } from "./read-request.ts";

const DEEPEST = 32;

/**
 * Why a parsed JSON object cannot be kept as a native record; undefined when it can. What comes from outside may be nested
 * deeper than a call stack, hold texts that PostgreSQL does not store, or numbers that are none.
 */
export function objectionTo(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "is no JSON object";
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const objection = objectionToOne(next.value, next.depth);
    if (objection !== undefined) return objection;
    if (typeof next.value !== "object" || next.value === null) continue;
    for (const [name, inner] of Object.entries(next.value)) {
      if (!isStorable(name) || name === "__proto__") return "has a property name that cannot be kept";
      waiting.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return undefined;
}

function objectionToOne(value: unknown, depth: number): string | undefined {
  if (depth > DEEPEST) return `is nested deeper than ${DEEPEST} levels`;
  if (typeof value === "string" && !isStorable(value))
    return "holds a NUL character or half a surrogate pair";
  if (typeof value === "number" && !Number.isFinite(value)) return "holds a number too large to be one";
  return undefined;
}
