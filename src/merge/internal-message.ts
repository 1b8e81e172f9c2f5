import { randomUUID } from "node:crypto";
import type { Body } from "../canonical/types.ts";
import type { Sql } from "../store/database.ts";
import { insertUnpublished } from "../store/messages.ts";

/** The record that a message of the hub's own is about, and what caused it. */
export type Internal = {
  entity: string;
  canonicalId: string;
  body?: Body;
  archived?: boolean;
  cause?: { id: string; correlationId: string };
};

/** A canonical record has a new version: tells the flows that take changes of its entity. */
export async function insertChanged(sql: Sql, internal: Internal): Promise<void> {
  await insertInternal(sql, "changed", internal);
}

/** Runs a record's flow again though nothing is new: after a decision, a repair, a retry. */
export async function insertRerun(sql: Sql, internal: Internal): Promise<void> {
  await insertInternal(sql, "rerun", internal);
}

async function insertInternal(sql: Sql, kind: "changed" | "rerun", internal: Internal): Promise<void> {
  const id = randomUUID();
  const message = {
    id,
    kind,
    entity: internal.entity,
    system: null,
    localId: null,
    canonicalId: internal.canonicalId,
    observationNumber: null,
    native: null,
    fingerprint: null,
    body: internal.body ?? {},
    lockToken: null,
    modifiedAt: null,
    deleted: internal.archived ?? false,
    state: "accepted" as const,
    correlationId: internal.cause?.correlationId ?? id,
    causationId: internal.cause?.id ?? null,
    error: null,
  };
  await insertUnpublished(sql, message);
}
