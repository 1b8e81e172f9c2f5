export type Filling = {
  table: string;
  columns: readonly string[];
  /** The row to copy. */
  row: Record<string, unknown>;
  canonicalId: string;
  /** By which the row's customer differs from others. */
  digits: string;
  /** Of a row with a fingerprint: what that is made of. */
  fingerprinted: string | undefined;
  isStory: boolean;
};

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * The statement that copies a row: parameters are the first number, the last, the step, and which story of the record it is.
 * Ids that were drawn are derived from those of the original, so that rows of one story keep referring to each other.
 *
 * @param quote  Makes a literal of a text.
 */
export function insertText(
  { table, columns, row, canonicalId, digits, fingerprinted, isStory }: Filling,
  quote: (text: string) => string,
): string {
  const names = columns.join(", ");
  let text = quoted(row, quote);
  const drawn = [...new Set(JSON.stringify(row).match(UUID))].filter((id) => id !== canonicalId);
  for (const id of drawn)
    text = `replace(${text}, ${quote(id)}, md5(${quote(id)} || n || '/' || ${isStory ? "$4::int" : "0"})::uuid::text)`;
  if (fingerprinted !== undefined)
    text = `replace(${text}, ${quote(row["fingerprint"] as string)}, ${fingerprintText(fingerprinted, digits, canonicalId, quote)})`;
  text = `replace(replace(${text}, ${quote(digits)}, digits), ${quote(canonicalId)}, id)`;
  return `insert into nave.${table} (${names})
    select ${columns.map((column) => `(r).${column}`).join(", ")} from (
      select jsonb_populate_record(null::nave.${table}, (${text})::jsonb) as r
      from (select n, lpad(n::text, 8, '0') as digits, ${ID_TEXT} as id
            from generate_series($1::int, $2::int, $3::int) as n,
              lateral (select sha256(convert_to(E'customer\\ncrm\\na-' || lpad(n::text, 8, '0'), 'UTF8')) as h) as hashed
            where $4::int >= 0) as one offset 0) as made`;
}

/** As `canonicalIdFor` in src/identity: the version and variant bits of RFC 9562 set in a hash. */
const ID_TEXT = `encode(set_byte(set_byte(substring(h from 1 for 16),
  6, (get_byte(h, 6) & 15) | 128), 8, (get_byte(h, 8) & 63) | 128), 'hex')::uuid::text`;

function quoted(row: Record<string, unknown>, quote: (text: string) => string): string {
  return `${quote(JSON.stringify(row))}::text`;
}

function fingerprintText(
  content: string,
  digits: string,
  canonicalId: string,
  quote: (text: string) => string,
): string {
  const own = `replace(replace(${quote(content)}::text, ${quote(digits)}, digits), ${quote(canonicalId)}, id)`;
  return `translate(rtrim(encode(sha256(convert_to(${own}, 'UTF8')), 'base64'), '='), '+/', '-_')`;
}
