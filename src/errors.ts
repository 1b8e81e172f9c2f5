/** What happens to the message whose processing ended in an error. */
export type Disposition = "retry" | "later" | "dead-letter" | "pause" | "hold" | "wait";

/**
 * Every error the hub raises, and what it means for the message at hand.
 *
 * `retry`: try again later with back-off. `later`: the same, but no attempt is counted. `dead-letter`: park the record, a person is needed. `pause`: stop the whole
 * system's channel, every message would fail alike. `hold`: the fate of a write is unknown, find out before anything else.
 * `wait`: something it depends on is not there yet; it continues by itself when that arrives.
 */
const CATALOGUE = {
  /** The system timed out before the request was sent, answered 5xx or asked us to slow down. */
  NAVE_SYSTEM_UNAVAILABLE: "retry",
  /** The hub's own database or broker did not answer. */
  NAVE_HUB_UNAVAILABLE: "retry",
  /** Someone else changed the record since we read it. */
  NAVE_RECORD_STALE: "retry",
  /** The record breaks its schema, a quality rule or a mapping: the same bytes would fail for ever. */
  NAVE_RECORD_INVALID: "dead-letter",
  /** The system understood the record and refused it. */
  NAVE_RECORD_REFUSED: "dead-letter",
  /** A flow rejected the record on purpose. */
  NAVE_FLOW_REJECTED: "dead-letter",
  /** A flow threw, or never finished with the message. */
  NAVE_FLOW_FAILED: "retry",
  /** The hub's process has died twice while a flow worked on this message: a third time would be no better. */
  NAVE_PROCESS_DIED: "dead-letter",
  /** The flow or node from which a message goes on is not deployed: continues by itself when it is, or on a person's word. */
  NAVE_FLOW_MISSING: "dead-letter",
  /** No flow that runs here takes the message: it is held, and goes to the newest flows then. */
  NAVE_FLOW_AWAY: "later",
  /** The system does not offer this entity or operation. */
  NAVE_NOT_SUPPORTED: "dead-letter",
  /** The system refused our credentials: every message would fail alike. */
  NAVE_CREDENTIALS_REFUSED: "pause",
  /** The fate of a write cannot be established. */
  NAVE_WRITE_IN_DOUBT: "hold",
  /** A record it refers to is not known, or not yet in the target. */
  NAVE_REFERENCE_MISSING: "wait",
  /** The hub is writing this very record just now; what was seen of it meanwhile proves nothing. */
  NAVE_WRITE_UNDER_WAY: "later",
  /** The flow waits for the reply to a command. */
  NAVE_COMMAND_UNDER_WAY: "wait",
  /** A command was not done by its deadline. */
  NAVE_COMMAND_TIMED_OUT: "dead-letter",
  /** A mail or web hook of a flow could not be delivered in time, or was refused for good. */
  NAVE_NOTIFICATION_FAILED: "dead-letter",
  /** The record may be one the hub has already: a person decides. */
  NAVE_MATCH_UNDECIDED: "wait",
  /** The configuration, a manifest or a mapping is wrong; the text names the key and what it accepts. */
  NAVE_CONFIG_INVALID: "dead-letter",
  /** A request from outside is malformed, too large, unsigned or unauthorised. */
  NAVE_REQUEST_INVALID: "dead-letter",
} as const satisfies Record<string, Disposition>;

export type ErrorCode = keyof typeof CATALOGUE;
export const ERROR_CODES = Object.keys(CATALOGUE) as ErrorCode[];

/** Where and what, so that a person can correct it at its source. Never holds secrets. */
export type ErrorDetail = {
  /** `<system>/<local id>` or `<entity>/<canonical id>`. */
  record?: string;
  /** Path of the offending field in the record the owner edits. */
  field?: string;
  /** The value found there; cut to 200 characters. */
  value?: unknown;
  /** What would be accepted instead, in words. */
  accepts?: string;
  /** The system in which a person corrects it. */
  correctIn?: string;
  /** For `NAVE_SYSTEM_UNAVAILABLE`: how long the system asked us to wait. */
  retryAfterMs?: number;
};

/** The one error class of the hub: made where it is thrown, caught where the message is settled. */
export class NaveError extends Error {
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, text: string, detail: ErrorDetail = {}, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause });
    this.name = "NaveError";
    this.code = code;
    this.disposition = CATALOGUE[code];
    this.detail = detail;
  }
}

/** Turns anything thrown into a `NaveError`; what is not one already is a fault of a flow or of the hub and is retried. */
export function toNaveError(thrown: unknown, fallback: ErrorCode = "NAVE_HUB_UNAVAILABLE"): NaveError {
  if (isNaveError(thrown)) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new NaveError(fallback, text, {}, thrown);
}

/** By its name: Node-RED loads the hub's nodes by itself, and a test runner then holds this module twice. */
function isNaveError(thrown: unknown): thrown is NaveError {
  return thrown instanceof Error && thrown.name === "NaveError" && "disposition" in thrown;
}
