import type { Client } from "pg";
import { canonicalIdFor } from "../../src/identity/canonical-id.ts";
import { fingerprint } from "../../src/receive/fingerprint.ts";
import { SOURCE } from "../simulator/bench-systems.ts";
import { crmId, digitsOf, KINDS } from "../simulator/records.ts";
import { type Filling, insertText } from "./insert-text.ts";

/** Tables in which a customer that came from one system into another leaves rows, and by what they are found. */
const TABLES: Readonly<Record<string, string>> = {
  message: "canonical_id = $1",
  hop: "canonical_id = $1 or message_id in (select id from nave.message where canonical_id = $1)",
  business_key: "canonical_id = $1",
  canonical_record: "id = $1",
  cross_reference: "canonical_id = $1",
  shadow: "local_id in (select local_id from nave.cross_reference where canonical_id = $1)",
  wish: "canonical_id = $1",
  intent: "canonical_id = $1",
  match_key: "canonical_id = $1",
};
/** Of these a record may have many; the others describe how it stands. */
const STORY = ["message", "hop"];
const CHUNK = 30_000;

export type Fill = {
  /** Number of the first of the customers, one of each kind, whose rows are copied. */
  like: number;
  from: number;
  count: number;
  /** How many times the messages and hops of each are there. */
  stories: number;
};

/**
 * Fills the hub's store in SQL, as if customers `from` to `from + count - 1` had come from the source into a target like those
 * from `like` on: same rows in the same tables, under ids, digits and fingerprints of their own.
 */
export async function multiplyRecords(
  client: Client,
  { like, from, count, stories }: Fill,
  say: (text: string) => void,
): Promise<void> {
  const fillings: Awaited<ReturnType<typeof fillingsOf>>[] = [];
  for (const kind of KINDS.keys()) fillings.push(await fillingsOf(client, like + kind));
  for (let start = from; start < from + count; start += CHUNK) {
    const end = Math.min(start + CHUNK, from + count);
    for (const [kind, ofKind] of fillings.entries()) {
      const first = start + ((((like + kind - start) % KINDS.length) + KINDS.length) % KINDS.length);
      for (const filling of ofKind)
        for (let story = 0; story < (filling.isStory ? stories : 1); story += 1)
          await client.query(filling.text, [first, end - 1, KINDS.length, story]);
    }
    say(`${end - from} of ${count} customers are filled in`);
  }
  await client.query("analyze");
}

async function fillingsOf(client: Client, n: number): Promise<(Filling & { text: string })[]> {
  const canonicalId = canonicalIdFor("customer", SOURCE, crmId("customer", n));
  const found: (Filling & { text: string })[] = [];
  for (const [table, condition] of Object.entries(TABLES)) {
    const columns = await columnsOf(client, table);
    const { rows } = await client.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from nave.${table} t where ${condition}`,
      [canonicalId],
    );
    for (const { row } of rows) {
      const filling: Filling = {
        table,
        columns,
        row,
        canonicalId,
        digits: digitsOf(n),
        fingerprinted: fingerprintedText(row),
        isStory: STORY.includes(table),
      };
      found.push({ ...filling, text: insertText(filling, client.escapeLiteral.bind(client)) });
    }
  }
  if (found.length === 0) throw new Error(`customer ${n} has left no rows to copy`);
  return found;
}

/** What the fingerprint of a row is made of, where it has one. */
function fingerprintedText({ fingerprint: known, native }: Record<string, unknown>): string | undefined {
  if (typeof known !== "string" || native === null || typeof native !== "object") return undefined;
  const text = JSON.stringify(sorted(native));
  if (fingerprint(native as never, false) !== known)
    throw new Error("fingerprints are made otherwise by now");
  return text;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

async function columnsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'nave' and table_name = $1 and is_identity = 'NO' and is_generated = 'NEVER'`,
    [table],
  );
  return rows.map(({ name }) => name);
}
