type Key = { kind: string; value: string };

type KeysOfOne = {
  entity: string;
  canonicalId: string;
  keys: readonly Key[];
  /** Undefined: the record is new. */
  former: readonly Key[] | undefined;
};

export type KeyRow = Key & { entity: string; canonicalId: string };

/**
 * The rows that come and go when records get other keys. Those of new records, `first`, cannot be there; of others, `more`,
 * some may be: what a record is thought to have is worked out from its body.
 */
export function changesOfKeys(records: readonly KeysOfOne[]): Record<"gone" | "first" | "more", KeyRow[]> {
  const changes = { gone: [] as KeyRow[], first: [] as KeyRow[], more: [] as KeyRow[] };
  for (const { entity, canonicalId, keys, former } of records) {
    const rows = (own: Iterable<Key>) => [...own].map((key) => ({ entity, canonicalId, ...key }));
    const wanted = distinct(keys);
    const had = distinct(former ?? []);
    changes.gone.push(...rows([...had].flatMap(([name, key]) => (wanted.has(name) ? [] : [key]))));
    const missing = [...wanted].flatMap(([name, key]) => (had.has(name) ? [] : [key]));
    (former === undefined ? changes.first : changes.more).push(...rows(missing));
  }
  return changes;
}

function distinct(keys: readonly Key[]): Map<string, Key> {
  return new Map(keys.map(({ kind, value }) => [JSON.stringify([kind, value]), { kind, value }]));
}
