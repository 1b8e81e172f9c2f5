import { isDeepStrictEqual } from "node:util";
import type { Json } from "../adapter-kit/contract.ts";
import type { Hub } from "../hub.ts";
import { type Found, findByAnyKey } from "../store/business-keys.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import { selectReferencesOf } from "../store/cross-references.ts";
import { hasTakenPath, type StoredHop, selectStory } from "../store/hops.ts";
import { readWishDetails } from "../store/wishes.ts";

/** The whole story of what a business key leads to. */
export type Story = {
  key: string;
  records: TracedRecord[];
  /** Oldest first. */
  hops: TracedHop[];
};
export type TracedRecord = {
  entity: string;
  canonicalId: string;
  title: string;
  archived: boolean;
  version: number;
  systems: { system: string; localId: string }[];
  wishes: { system: string; state: string; text: string }[];
};
export type TracedHop = {
  at: string;
  step: string;
  entity: string | null;
  system: string | null;
  localId: string | null;
  text: string;
  /** Where the editor shows the way that the message took, below the hub's address. */
  canvas?: string;
  before?: Json;
  after?: Json;
  /** What a change changed, property by property. */
  difference?: { path: string; before: Json; after: Json }[];
};

const MOST_RECORDS = 20;
const MOST_HOPS = 2000;

/** Finds records and messages by any business key (order number, name, e-mail, local id, canonical id) and tells their story. */
export async function trace(hub: Hub, key: string): Promise<Story> {
  const found = await findByAnyKey(hub.db, key.trim(), hub.model.entities, MOST_RECORDS);
  const records = await tracedRecords(hub, found);
  const messageIds = found.flatMap((one) => one.messageId ?? []);
  const hops = await selectStory(hub.db, records, messageIds, MOST_HOPS);
  return { key, records, hops: hops.map(tracedHop) };
}

async function tracedRecords(hub: Hub, found: readonly Found[]): Promise<TracedRecord[]> {
  const records: TracedRecord[] = [];
  const ids = new Map(found.flatMap((one) => (one.canonicalId ? [[one.canonicalId, one.entity]] : [])));
  for (const [canonicalId, entity] of ids) {
    const [record] = await selectCanonical(hub.db, entity, [canonicalId]);
    if (!record) continue;
    const references = await selectReferencesOf(hub.db, entity, canonicalId);
    records.push({
      entity,
      canonicalId,
      title: hub.model.entity(entity).businessKeys(record.body)[0]?.value ?? canonicalId,
      archived: record.archived,
      version: record.version,
      systems: references.map(({ system, localId }) => ({ system, localId })),
      wishes: await readWishDetails(hub.db, entity, canonicalId),
    });
  }
  return records;
}

function tracedHop(hop: StoredHop): TracedHop {
  const { step, entity, system, localId, text, messageId } = hop;
  const hasPath = hasTakenPath(hop);
  const before = hop.before ?? undefined;
  const after = hasPath ? undefined : (hop.after ?? undefined);
  return {
    at: hop.at.toISOString(),
    step,
    entity,
    system,
    localId,
    text,
    ...(hasPath && messageId !== null ? { canvas: canvasOf(messageId) } : {}),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined || after === undefined ? {} : { difference: difference(before, after) }),
  };
}

/** Opens the editor on the flow, with the nodes and wires that this message passed. */
function canvasOf(messageId: string): string {
  return `/editor/#trace/${messageId}`;
}

function difference(before: Json, after: Json): { path: string; before: Json; after: Json }[] {
  const left = asObject(before);
  const right = asObject(after);
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((path) => !isDeepStrictEqual(left[path], right[path]))
    .map((path) => ({ path, before: left[path] ?? null, after: right[path] ?? null }));
}

function asObject(value: Json): Record<string, Json> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : { value };
}
