import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { StoredRecord } from "../../../src/adapter-kit/simulation/index.ts";

/** A record's content as the REST protocol shows it. */
export function show(record: StoredRecord): JsonObject {
  return { id: record.id, ...record.native };
}

/** With what the protocol adds to every record: lock token and stamps, which are no content. */
export function showWithStamps(record: StoredRecord): JsonObject {
  return {
    ...show(record),
    etag: `"v${record.version}"`,
    createdAt: instant(record.created),
    updatedAt: record.modified === null ? null : instant(record.modified),
    ...(record.removed && { removed: true }),
  };
}

/** Only what tells whether a record is the one last seen. */
export function showVersion({ id, version, removed, native }: StoredRecord): JsonObject {
  return { id, etag: `"v${version}"`, ...((removed || native["archived"] === true) && { gone: true }) };
}

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
