import type { ChangesPage, ChangesRequest, JsonObject } from "../../adapter-kit/index.ts";
import { type Client, observe } from "./client.ts";

const PAGE_SIZE = 200;

type Page = { data: JsonObject[]; next?: string };

/**
 * `GET /<collection>?updatedSince=&limit=&cursor=` answers `{ data: [...], next? }`. The new mark is the newest stamp seen:
 * the source's clock, never the hub's. Records may come in any order, so it is given with the last page only.
 */
export async function* scanChanges(
  client: Client,
  entity: string,
  { checkpoint, full, signal }: ChangesRequest,
): AsyncGenerator<ChangesPage> {
  const held = typeof checkpoint?.["mark"] === "string" ? checkpoint["mark"] : undefined;
  const updatedSince = full || held === undefined ? undefined : minus(held, client.manifest.limits.overlapMs);
  let mark = held;
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE_SIZE, updatedSince, cursor };
    const answer = await client.http({ method: "GET", path: client.collection(entity), query, signal });
    const page = answer.json() as Page;
    const observations = page.data.map(observe);
    for (const { modifiedAt } of observations) if (modifiedAt && modifiedAt > (mark ?? "")) mark = modifiedAt;
    cursor = page.next;
    const isLast = cursor === undefined;
    yield {
      observations,
      ...(isLast ? { checkpoint: { v: 1, ...(mark === undefined ? {} : { mark }) } } : {}),
    };
  } while (cursor !== undefined);
}

function minus(instant: string, ms: number): string {
  return new Date(Date.parse(instant) - ms).toISOString();
}
