import type { Entry, Native, SystemName } from "./entry.ts";
import { ENTITIES, type EntityName, type Fields, READINGS } from "./fields.ts";
import { type History, type Move, replay, type Sighting } from "./history.ts";
import { type Basis, knew, overrulings, standingEdits, wasThere } from "./standing.ts";

/** What the systems tell at the end of a run. */
export type Evidence = {
  ledgers: Record<SystemName, readonly Entry[]>;
  /** Every record that exists, archived ones included. */
  records: Record<SystemName, Record<EntityName, readonly Native[]>>;
  /** What the hub has put on record as disputed. `canonicalId` is what it writes into the systems as its key. */
  conflicts: readonly {
    entity: string;
    canonicalId: string;
    path: string;
    offered: unknown;
    kept: unknown;
  }[];
  /** What the hub has on record of having seen, in order. It excuses the hub, and accuses it of nothing. */
  sightings: readonly Sighting[];
};

export type Verdict = {
  /** Creations, edits and deletions by people. */
  offered: number;
  /** In words: records and edits that are missing, though nothing newer took their place. */
  lost: string[];
  doubled: string[];
  /** What the hub cannot have known better by what it had seen until then: it is no fault. */
  undecidable: string[];
  /** Edits that gave way to another that was made without knowledge of them. */
  conflictsExpected: number;
  /** Of these, how many the hub has on record. */
  conflictsFound: number;
  /** Of each record and field with a fault: what became of it, and every value it had, in order. */
  stories: string[];
};

type Held = { record: Native; fields: Fields; isLive: boolean };
type Standings = Record<SystemName, Map<string, Held[]>>;

/** In a dispute this system's value stands; the web address has none: the newer one does, as far as clocks can tell. */
const RANKED: Readonly<Record<string, SystemName>> = { "customer name": "crm" };
const PATHS: Readonly<Record<string, string>> = { web: "website", name: "name", note: "note" };

/** Computes from the ledgers what every record has to be like, and compares all records with it. */
export function judge(evidence: Evidence): Verdict {
  const histories = new Map<string, History>();
  replay("crm", evidence.ledgers.crm, evidence.sightings, histories);
  replay("erp", evidence.ledgers.erp, evidence.sightings, histories);
  const held = { crm: standings("crm", evidence), erp: standings("erp", evidence) };
  const known = [...histories.values()];
  const judged = known.map((history) => judgeOne(history, held, evidence));
  const disputes = judged.flatMap((one) => one.disputes);
  const lost = judged.flatMap((one) => one.lost);
  const doubled = judged.flatMap((one) => one.doubled);
  return {
    offered: countOffered(evidence),
    lost,
    stories: known.flatMap((history) => storiesOf(history, [...lost, ...doubled])),
    doubled,
    undecidable: judged.flatMap(({ undecidable }) => undecidable),
    conflictsExpected: disputes.filter(({ isConflict }) => isConflict).length,
    conflictsFound: disputes.filter(({ isConflict, fault }) => isConflict && fault === undefined).length,
  };
}

type Judged = { lost: string[]; doubled: string[]; undecidable: string[]; disputes: Dispute[] };

/** By all that people knew; where that is not what came out, by what a hub can have known. */
function judgeOne(history: History, held: Standings, evidence: Evidence): Judged {
  const strict = faultsOf(history, held, evidence, "told");
  if (strict.lost.length + strict.doubled.length === 0) return { ...strict, undecidable: [] };
  const fair = faultsOf(withoutUnseenRemovals(history), held, evidence, "seen");
  const isFair = fair.lost.length + fair.doubled.length === 0;
  return isFair
    ? { ...fair, undecidable: [...strict.lost, ...strict.doubled] }
    : { ...strict, undecidable: [] };
}

function faultsOf(history: History, held: Standings, evidence: Evidence, by: Basis) {
  const disputes = disputesOf(history, held, evidence, by);
  return {
    disputes,
    doubled: doublesOf(history),
    lost: [
      ...lossesOf(history, held, by),
      ...disputes.flatMap(({ fault }) => (fault === undefined ? [] : [fault])),
    ],
  };
}

/** It shows nothing of what is gone: that a record had come there is known once it has been seen. */
const TELLS_NOTHING_OF_REMOVALS: SystemName = "crm";

/** Without what the hub had created and people removed before it was seen: to a hub it never was there. */
function withoutUnseenRemovals(history: History): History {
  const unseen = history.turns.filter((removed) => {
    if (removed.system !== TELLS_NOTHING_OF_REMOVALS || removed.what !== "removed" || !removed.byPeople)
      return false;
    const created = history.turns.find(
      ({ system, id, what }) => what === "created" && system === removed.system && id === removed.id,
    );
    return created !== undefined && !created.byPeople && !wasThere(created, removed, "seen");
  });
  if (unseen.length === 0) return history;
  const gone = new Set(unseen.map(({ id }) => id));
  const turns = history.turns.filter(
    (turn) => turn.system !== TELLS_NOTHING_OF_REMOVALS || !gone.has(turn.id),
  );
  return {
    ...history,
    ids: { ...history.ids, crm: history.ids.crm.filter((id) => !gone.has(id)) },
    isEndedByPeople: turns.some(({ byPeople, what }) => byPeople && what !== "created"),
    turns,
  };
}

function countOffered({ ledgers }: Evidence): number {
  const kinds = ["create", "update", "delete"];
  return [...ledgers.crm, ...ledgers.erp].filter(
    ({ kind, method, entity }) =>
      kinds.includes(kind) && ["edit", "seed"].includes(method) && ENTITIES.some((one) => one === entity),
  ).length;
}

function standings(system: SystemName, { records }: Evidence): Map<string, Held[]> {
  const idName = system === "crm" ? "id" : "Id";
  const keys = new Map<string, string>();
  for (const entity of ENTITIES) {
    const { key } = READINGS[system][entity];
    for (const record of records[system][entity])
      keys.set(`${entity}/${String(record[idName])}`, String(record[key]));
  }
  const names = (entity: string, id: unknown) => keys.get(`${entity}/${String(id)}`);
  const held = ENTITIES.flatMap((entity) =>
    records[system][entity].map((record) => {
      const { key, archived, read } = READINGS[system][entity];
      const one: Held = { record, fields: read(record, names), isLive: record[archived] !== true };
      return [`${entity} ${String(record[key] ?? `${system} ${String(record[idName])}`)}`, one] as const;
    }),
  );
  const groups = Map.groupBy(held, ([name]) => name);
  return new Map([...groups].map(([name, group]) => [name, group.map(([, one]) => one)]));
}

function doublesOf({ entity, key, ids, createdByPeople }: History): string[] {
  const systems = (["crm", "erp"] as const).filter((system) => ids[system].length > 1);
  const faults = systems.map(
    (system) => `${entity} ${key}: ${ids[system].length} records in the ${system}: ${ids[system].join(", ")}`,
  );
  return createdByPeople === 0 ? [...faults, `${entity} ${key}: entered by nobody`] : faults;
}

function lossesOf(history: History, held: Standings, by: Basis): string[] {
  const { entity, key, isEndedByPeople } = history;
  const name = `${entity} ${key}`;
  const live = (system: SystemName) => (held[system].get(name) ?? []).filter(({ isLive }) => isLive);
  const [crm] = live("crm");
  const [erp] = live("erp");
  if (isEndedByPeople) {
    return (["crm", "erp"] as const)
      .filter((system) => live(system).length > 0)
      .map((system) => `${name}: was deleted, and is still live in the ${system}`);
  }
  if (!crm || !erp) {
    const absent = [...(crm ? [] : ["crm"]), ...(erp ? [] : ["erp"])];
    return absent.map((system) => `${name}: missing in the ${system}`);
  }
  const fields = new Set([...Object.keys(crm.fields), ...Object.keys(erp.fields)]);
  return [...fields].flatMap((field) =>
    fieldLosses(history, by, field, crm.fields[field], erp.fields[field]),
  );
}

function fieldLosses(
  { entity, key, moves }: History,
  by: Basis,
  field: string,
  crm: string | undefined,
  erp: string | undefined,
): string[] {
  const name = `${entity} ${key} ${field}`;
  const own = moves.get(field) ?? [];
  const allowed = allowedEnds(`${entity} ${field}`, own, by);
  const told = `entered ${allowed.map(inWords).join(" or ") || "by nobody"}`;
  if (crm !== erp) return [`${name}: CRM ${crm}, ERP ${erp}, ${told}`];
  return allowed.some(({ to }) => to === crm) || (allowed.length === 0 && crm === undefined)
    ? []
    : [`${name}: CRM and ERP ${crm}, ${told}`];
}

function allowedEnds(what: string, moves: readonly Move[], by: Basis): Move[] {
  const standing = standingEdits(moves, by);
  const winner = RANKED[what];
  const ranked = standing.filter(({ system }) => system === winner);
  return ranked.length > 0 ? ranked : standing;
}

type Dispute = { isConflict: boolean; fault?: string };

/** Edits that the hub has written over: knowingly superseded they must not be, and unheard they must not go. */
function disputesOf(history: History, held: Standings, { conflicts }: Evidence, basis: Basis): Dispute[] {
  const { entity, key } = history;
  const probes = (["crm", "erp"] as const).flatMap((system) =>
    (held[system].get(`${entity} ${key}`) ?? []).map(({ record }) => record[READINGS[system][entity].probe]),
  );
  const own = conflicts.filter((one) => one.entity === entity && probes.includes(one.canonicalId));
  return [...history.moves].flatMap(([field, moves]) =>
    overrulings(moves).flatMap(({ edit, by, written }): Dispute[] => {
      const name = `${entity} ${key} ${field}`;
      if (by && (by.to === edit.to || (by !== edit && knew(moves, edit, by, basis)))) return [];
      if (!by || knew(moves, by, edit, basis))
        return [
          {
            isConflict: false,
            fault: `${name}: ${inWords(edit)} was undone: ${String(written.to)} at ${written.time}`,
          },
        ];
      const isHeard = own.some(
        ({ path, offered, kept }) =>
          path === PATHS[field] && [offered, kept].some((value) => String(value) === edit.to),
      );
      if (isHeard) return [{ isConflict: true }];
      return [
        {
          isConflict: true,
          fault: `${name}: ${inWords(edit)} gave way to ${inWords(by)}, with no conflict on record`,
        },
      ];
    }),
  );
}

function storiesOf({ entity, key, moves, turns }: History, faults: readonly string[]): string[] {
  const isAmiss = (name: string) => faults.some((fault) => fault.startsWith(`${name}:`));
  const inOrder = (steps: readonly { time: string; text: string }[]) =>
    steps
      .toSorted((one, other) => one.time.localeCompare(other.time))
      .map(({ time, text }) => `${time.slice(11, 23)} ${text}`)
      .join("; ");
  const who = ({ system, byPeople }: { system: SystemName; byPeople: boolean }) =>
    `${byPeople ? "people" : "hub"} ${system}`;
  const whole = turns.map((one) => ({ time: one.time, text: `${who(one)} ${one.what} ${one.id}` }));
  const ofFields = [...moves].flatMap(([field, own]) => {
    const name = `${entity} ${key} ${field}`;
    return isAmiss(name)
      ? [`${name}: ${inOrder(own.map((one) => ({ time: one.time, text: `${who(one)} ${one.to}` })))}`]
      : [];
  });
  return isAmiss(`${entity} ${key}`) ? [`${entity} ${key}: ${inOrder(whole)}`, ...ofFields] : ofFields;
}

function inWords({ system, time, to }: Move): string {
  return `${to} (${system}, ${time.slice(11, 23)})`;
}
