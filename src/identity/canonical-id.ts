import { createHash } from "node:crypto";

/**
 * The canonical id of a record first seen in this system under this local id.
 *
 * Derived, not drawn: a hub restored to an earlier day gives the same record the same id again, and so finds what it
 * created under it in other systems by their probe fields. RFC 9562 version 8.
 */
export function canonicalIdFor(entity: string, system: string, localId: string): string {
  const bytes = createHash("sha256").update(`${entity}\n${system}\n${localId}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const CANONICAL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a value found in a probe field can be one of ours. */
export function isCanonicalId(value: unknown): value is string {
  return typeof value === "string" && CANONICAL_ID.test(value);
}
