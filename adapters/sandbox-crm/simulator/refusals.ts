import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  type Answer,
  HTML_500,
  type Misbehaviour,
  type Refusal,
} from "../../../src/adapter-kit/simulation/index.ts";

const STATUS = { invalid: 422, duplicate: 409, stale: 412, missing: 404 } as const;
const CODE = {
  invalid: "validation_failed",
  duplicate: "duplicate",
  stale: "stale",
  missing: "not_found",
} as const;

/** The REST answer to a request that is not done, in the form the product is switched to. */
export function refusalAnswer(refusal: Refusal, misbehaviour: Misbehaviour): Answer {
  const isHtml = refusal.kind === "duplicate" && misbehaviour.duplicateAs === "html-500";
  if (isHtml || misbehaviour.htmlErrors) return HTML_500;
  return {
    status: statusOf(refusal, misbehaviour),
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify({ error: worded(refusal, misbehaviour) }),
  };
}

export function statusOf(refusal: Refusal, misbehaviour: Misbehaviour): number {
  const isQuiet = refusal.kind === "duplicate" && misbehaviour.duplicateAs === "ok-with-error";
  return isQuiet || misbehaviour.errorInsideOk ? 200 : STATUS[refusal.kind];
}

export function worded(refusal: Refusal, misbehaviour: Misbehaviour): JsonObject {
  const error: JsonObject = { code: CODE[refusal.kind], message: refusal.text };
  if (refusal.kind === "duplicate" && misbehaviour.duplicateAs === "candidates")
    error["candidates"] = refusal.candidates;
  if (refusal.kind !== "invalid") return error;
  const { field, value, accepts } = refusal;
  return {
    ...error,
    ...(field && { field }),
    ...(value !== undefined && { value }),
    ...(accepts && { accepts }),
  };
}
