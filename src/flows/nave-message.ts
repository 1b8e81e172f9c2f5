import type { JsonObject } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { FlowMessage, MergeOutcome } from "./hub-port.ts";
import type { RedMessage } from "./node-red.ts";

/** `msg.nave`: what the hub's nodes know about the record in `msg.payload`. */
export type NaveContext = Omit<FlowMessage, "body" | "kind" | "entity"> &
  Partial<Pick<MergeOutcome, "changed" | "archived" | "echo">> & {
    /** `resumed`: goes on from a node that waited. */
    kind: FlowMessage["kind"] | "resumed";
    /** Absent: what goes on is about several entities, or about none. */
    entity?: string;
    /** The system that a `route` node chose for this copy. */
    target?: string;
  };

/** A message after `merge`, or of a changed record: it has a canonical record behind it. */
export type RecordContext = NaveContext & Required<Pick<FlowMessage, "entity" | "canonicalId" | "version">>;

export function naveContext(message: RedMessage): NaveContext {
  const context = message["nave"];
  if (typeof context !== "object" || context === null || !("messageId" in context)) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      "msg.nave is missing: the message did not come from a record in node, or a node dropped it",
      {
        accepts: "messages that keep the nave property of the one they were made from",
      },
    );
  }
  return context as NaveContext;
}

/** The entity that the message is about. */
export function entityOf({ entity }: NaveContext): string {
  if (entity !== undefined) return entity;
  throw new NaveError("NAVE_CONFIG_INVALID", "the message is about no record, or about several", {
    accepts:
      "one record; of what a collect node sends, each item of payload is one: split it, and take nave from it",
  });
}

export function recordContext(message: RedMessage): RecordContext {
  const context = naveContext(message);
  entityOf(context);
  if (context.canonicalId === undefined || context.version === undefined) {
    throw new NaveError("NAVE_CONFIG_INVALID", `the ${context.entity} has not been merged yet`, {
      accepts: "a merge node before this one",
    });
  }
  return context as RecordContext;
}

/** The record in the message; a flow can put anything there. */
export function recordBody(message: RedMessage): JsonObject {
  const { payload } = message;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload) || Buffer.isBuffer(payload)) {
    throw new NaveError("NAVE_RECORD_INVALID", "msg.payload is no record", {
      value: String(payload).slice(0, 200),
      accepts: "an object that the entity's schema describes",
    });
  }
  return payload as JsonObject;
}
