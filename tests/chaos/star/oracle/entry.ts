/** JSON as the systems keep it. The oracle has types of its own, as it has rules of its own: it imports nothing of the hub. */
export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
export type Native = { [name: string]: Value };

/** One line of a system's ledger: a request that it served, or a write that it committed. */
export type Entry = {
  /** RFC 3339 UTC, of the machine that all systems run on. */
  time: string;
  method: string;
  entity: string;
  id: string;
  kind: string;
  /** What a write brought, property by property; null: removed. */
  values?: Native;
};

/** What people do at the screens of a system is logged under these names; everything else is the hub's doing. */
const BY_PEOPLE: readonly string[] = ["edit", "seed"];

export function isByPeople({ method }: Pick<Entry, "method">): boolean {
  return BY_PEOPLE.includes(method);
}

const WRITES: readonly string[] = ["create", "update", "delete"];

export function isWrite({ kind }: Pick<Entry, "kind">): boolean {
  return WRITES.includes(kind);
}

export type SystemName = "crm" | "erp";
