import { type Entry, isByPeople, isWrite, type Native, type SystemName } from "./entry.ts";
import { ENTITIES, type EntityName, type Fields, READINGS } from "./fields.ts";

/** One value of one field becoming another, as a ledger shows it. */
export type Move = {
  system: SystemName;
  byPeople: boolean;
  /** Where it stands in the ledger of its system. */
  at: number;
  /** Where the next request to read such records stands there. */
  readAt: number;
  time: string;
  from: string | undefined;
  to: string | undefined;
};

/** All that happened to one record, told by its natural key, in all systems. */
export type History = {
  entity: EntityName;
  key: string;
  /** Local ids that were ever created with this key, in order. */
  ids: Record<SystemName, string[]>;
  createdByPeople: number;
  /** Somebody at a screen deleted or archived it. */
  isEndedByPeople: boolean;
  /** By field, each system's in its order. */
  moves: Map<string, Move[]>;
  /** Each creation, archiving and removal. */
  turns: Turn[];
};

/** A record comes to be in a system, or ceases to be live there. */
export type Turn = {
  system: SystemName;
  byPeople: boolean;
  at: number;
  readAt: number;
  time: string;
  id: string;
  what: "created" | "archived" | "removed";
};

type Living = { history: History; native: Native; fields: Fields };

/**
 * Replays a ledger from its first line and adds what it tells to the histories.
 *
 * Natural keys are given at creation and never change; a write without one is not told apart from a record of its own.
 */
export function replay(system: SystemName, ledger: readonly Entry[], histories: Map<string, History>): void {
  const living = new Map<string, Living>();
  const names = (entity: string, id: unknown) => living.get(`${entity}/${String(id)}`)?.history.key;
  const reads = readsIn(ledger);
  for (const [at, entry] of ledger.entries()) {
    if (!isWrite(entry) || !isEntity(entry.entity)) continue;
    const place = `${entry.entity}/${entry.id}`;
    const where = { system, at, readAt: reads[at] ?? Number.POSITIVE_INFINITY };
    const before = living.get(place);
    if (entry.kind === "delete") {
      if (before && isByPeople(entry)) before.history.isEndedByPeople = true;
      before?.history.turns.push(turn(where, entry, "removed"));
      continue;
    }
    const reading = READINGS[system][entry.entity];
    const native = applied(before?.native ?? {}, entry.values ?? {});
    const key = String(native[reading.key] ?? `${system} ${entry.id}`);
    const history = before?.history ?? historyOf(histories, entry.entity, key);
    if (entry.kind === "create") {
      history.ids[system].push(entry.id);
      history.turns.push(turn(where, entry, "created"));
      if (isByPeople(entry)) history.createdByPeople += 1;
    }
    if (isByPeople(entry) && entry.values?.[reading.archived] === true) history.isEndedByPeople = true;
    if (entry.values?.[reading.archived] === true) history.turns.push(turn(where, entry, "archived"));
    const fields = reading.read(native, names);
    for (const [field, to] of Object.entries(fields)) {
      const from = before?.fields[field];
      if (from !== to) movesOf(history, field).push({ ...mover(where, entry), from, to });
    }
    living.set(place, { history, native, fields });
  }
}

type Where = Pick<Move, "system" | "at" | "readAt">;

function turn(where: Where, entry: Entry, what: Turn["what"]): Turn {
  return { ...mover(where, entry), id: entry.id, what };
}

function mover(where: Where, entry: Entry) {
  return { ...where, byPeople: isByPeople(entry), time: entry.time };
}

/** By the index of each line, that of the next one that reads records of its entity. */
function readsIn(ledger: readonly Entry[]): number[] {
  const next = new Map<string, number>();
  const reads: number[] = [];
  for (const [index, { entity, kind }] of [...ledger.entries()].reverse()) {
    reads[index] = next.get(entity) ?? Number.POSITIVE_INFINITY;
    if (kind === "read") next.set(entity, index);
  }
  return reads;
}

function isEntity(name: string): name is EntityName {
  return (ENTITIES as readonly string[]).includes(name);
}

function applied(native: Native, values: Native): Native {
  return Object.fromEntries(Object.entries({ ...native, ...values }).filter(([, value]) => value !== null));
}

function historyOf(histories: Map<string, History>, entity: EntityName, key: string): History {
  const known = histories.get(`${entity} ${key}`);
  if (known) return known;
  const history: History = {
    entity,
    key,
    ids: { crm: [], erp: [] },
    createdByPeople: 0,
    isEndedByPeople: false,
    moves: new Map(),
    turns: [],
  };
  histories.set(`${entity} ${key}`, history);
  return history;
}

function movesOf({ moves }: History, field: string): Move[] {
  const known = moves.get(field);
  if (known) return known;
  const list: Move[] = [];
  moves.set(field, list);
  return list;
}
