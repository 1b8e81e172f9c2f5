import { type Entry, isByPeople, isWrite, type Native, type SystemName } from "./entry.ts";
import { ENTITIES, type EntityName, type Fields, READINGS } from "./fields.ts";

/** One value of one field becoming another, as a ledger shows it. */
export type Move = {
  system: SystemName;
  byPeople: boolean;
  /** Where it stands in the ledger of its system. */
  at: number;
  /** Of a write of the hub's: from when on it had on record that the system held this; milliseconds since 1970. */
  seenAt: number;
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
  seenAt: number;
  time: string;
  id: string;
  what: "created" | "archived" | "removed";
};

/** What the hub has on record of having seen a system hold. */
export type Sighting = { system: string; entity: string; id: string; time: string; native: Native };

type Living = { history: History; native: Native; fields: Fields };

/**
 * Replays a ledger from its first line and adds what it tells to the histories.
 *
 * Natural keys are given at creation and never change; a write without one is not told apart from a record of its own.
 */
export function replay(
  system: SystemName,
  ledger: readonly Entry[],
  sightings: readonly Sighting[],
  histories: Map<string, History>,
): void {
  const living = new Map<string, Living>();
  const names = (entity: string, id: unknown) => living.get(`${entity}/${String(id)}`)?.history.key;
  const seen = Map.groupBy(
    sightings.filter((one) => one.system === system),
    ({ entity, id }) => `${entity}/${id}`,
  );
  for (const [at, entry] of ledger.entries()) {
    if (!isWrite(entry) || !isEntity(entry.entity)) continue;
    const place = `${entry.entity}/${entry.id}`;
    const seenAt = (shows: (native: Native) => boolean) => {
      const first = seen.get(place)?.find(({ time, native }) => time >= entry.time && shows(native));
      return first ? Date.parse(first.time) : Number.POSITIVE_INFINITY;
    };
    const where = { system, at, seenAt: seenAt(() => true) };
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
      if (from === to) continue;
      const shows = (held: Native) => reading.read(held, names)[field] === to;
      movesOf(history, field).push({ ...mover(where, entry), seenAt: seenAt(shows), from, to });
    }
    living.set(place, { history, native, fields });
  }
}

type Where = Pick<Move, "system" | "at" | "seenAt">;

function turn(where: Where, entry: Entry, what: Turn["what"]): Turn {
  return { ...mover(where, entry), id: entry.id, what };
}

function mover(where: Where, entry: Entry) {
  return { ...where, byPeople: isByPeople(entry), time: entry.time };
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
