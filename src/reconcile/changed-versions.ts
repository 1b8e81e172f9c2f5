import { createHash } from "node:crypto";
import type { Database } from "../store/database.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

const BUCKETS = 256;

/**
 * Lists a system's records by id and lock token and finds those whose token is not the one last seen. Compared by bucket:
 * ids fall into buckets by hash, and a bucket whose digest equals the hub's own needs no second look.
 *
 * @returns every live id, and those to be read.
 */
export async function listChanged(
  db: Database,
  system: ConnectedSystem,
  entity: string,
  signal: AbortSignal,
): Promise<{ all: Set<string>; changed: Set<string> }> {
  const there = emptyBuckets();
  const all = new Set<string>();
  const versions = system.spoke.versions?.bind(system.spoke);
  if (!versions) return { all, changed: all };
  const pages = versions(entity, signal)[Symbol.asyncIterator]();
  for (;;) {
    const next = await system.ask(() => pages.next(), signal);
    if (next.done) break;
    for (const { localId, lockToken } of next.value) {
      all.add(localId);
      there[bucketOf(localId)]?.set(localId, lockToken);
    }
  }
  const here = emptyBuckets();
  const rows = await db.query<{ localId: string; lockToken: string | null }>(
    `select local_id as "localId", lock_token as "lockToken" from nave.shadow
     where system = $1 and entity = $2 and known and not deleted`,
    [system.name, entity],
  );
  for (const { localId, lockToken } of rows) here[bucketOf(localId)]?.set(localId, lockToken ?? "");
  const changed = new Set<string>();
  for (const [index, bucket] of there.entries()) {
    const mine = here[index] ?? new Map();
    if (digest(bucket) === digest(mine)) continue;
    for (const [localId, token] of bucket) if (mine.get(localId) !== token) changed.add(localId);
  }
  return { all, changed };
}

function emptyBuckets(): Map<string, string>[] {
  return Array.from({ length: BUCKETS }, () => new Map());
}

function bucketOf(localId: string): number {
  return createHash("sha256").update(localId).digest()[0] ?? 0;
}

function digest(bucket: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const id of [...bucket.keys()].sort()) hash.update(`${id}\n${bucket.get(id)}\n`);
  return hash.digest("base64url");
}
