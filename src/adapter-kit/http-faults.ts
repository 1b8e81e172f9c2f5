import { NaveError } from "../errors.ts";
import type { OperationReply, WriteOutcome } from "./contract.ts";
import type { HttpRequest } from "./http-client.ts";

/**
 * Causes (Node and undici error codes) which prove that not a byte of the request was sent. Everything else may have
 * arrived: a kept-alive connection that the server closes just then looks the same as one it closed after the work.
 */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** The error for a request that brought no usable answer: in doubt when it may have written something. */
export function unusable(request: HttpRequest, cause: unknown): NaveError {
  const code = causeCode(cause);
  const sent = code === undefined || !NOT_SENT.has(code);
  const text = worded(request, `got no usable answer: ${reason(cause, code)}`);
  const inDoubt = sent && request.writes === true;
  return new NaveError(inDoubt ? "NAVE_WRITE_IN_DOUBT" : "NAVE_SYSTEM_UNAVAILABLE", text, {}, cause);
}

export function worded(request: HttpRequest, what: string): string {
  return `${request.method} ${request.path.split("?")[0]} ${what}`;
}

/**
 * What an error means for one write or operation: `unknown` when it may have been done, `unavailable` when certainly not.
 * Errors that concern every record alike (credentials, configuration) are thrown on.
 */
export function outcomeOfError(
  error: unknown,
): Extract<WriteOutcome & OperationReply, { kind: "unknown" | "unavailable" }> {
  if (!(error instanceof NaveError)) throw error;
  if (error.code === "NAVE_WRITE_IN_DOUBT") return { kind: "unknown", text: error.message };
  if (error.code !== "NAVE_SYSTEM_UNAVAILABLE") throw error;
  const { retryAfterMs } = error.detail;
  return {
    kind: "unavailable",
    text: error.message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function causeCode(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code;
  }
  return undefined;
}

function reason(cause: unknown, code: string | undefined): string {
  if (code !== undefined) return code;
  if (!(cause instanceof Error)) return "unknown cause";
  if (cause.name === "TimeoutError") return "timed out";
  if (cause.name === "AbortError") return "given up by the hub";
  return cause.message;
}
