import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  type Refusal,
  RefusedError,
  refuse,
  type SandboxRecords,
  type StoredRecord,
} from "../../../src/adapter-kit/simulation/index.ts";
import { RECORD_NAMES, showRecords } from "./show.ts";

const CODES = { invalid: "INVALID", duplicate: "DUPLICATE", stale: "STALE", missing: "MISSING" } as const;

export type Change = {
  Action: string;
  Id?: string;
  LockVersion?: number;
  Records?: Record<string, JsonObject[]>;
  Clear?: string[];
};

/** Does the changes of one Save; what is refused is answered and stops nothing. */
export function saveChanges(
  records: SandboxRecords,
  entity: string,
  changes: readonly Change[],
  stamp: number,
): JsonObject[] {
  const nth = records.misbehaviour.refuseEveryNth;
  return changes.map((change, index) => {
    try {
      if (nth > 0 && (index + 1) % nth === 0) {
        throw new RefusedError({ kind: "invalid", text: "Refused, no reason given" });
      }
      const saved = saveOne(records, entity, change, stamp);
      return saved
        ? { Status: "OK", Id: saved.id, Records: showRecords([saved]) }
        : { Status: "OK", Id: change.Id ?? "" };
    } catch (error) {
      if (!(error instanceof RefusedError) || isFatal(records, error.refusal)) throw error;
      records.log({ method: "Save", entity, id: change.Id ?? "", kind: "refused" });
      return { Status: "ERROR", ...worded(error.refusal, records) };
    }
  });
}

/** A refusal as the protocol words it, in a result or in a fault's detail. */
export function worded(refusal: Refusal, records: SandboxRecords): JsonObject {
  const answer: JsonObject = { Code: CODES[refusal.kind], Text: refusal.text };
  if (refusal.kind === "duplicate" && records.misbehaviour.duplicateAs === "candidates") {
    return { ...answer, Candidates: refusal.candidates };
  }
  if (refusal.kind !== "invalid") return answer;
  const { field, value, accepts } = refusal;
  const isShown = value !== undefined && typeof value !== "object";
  return {
    ...answer,
    ...(field && { Field: field }),
    ...(isShown && { Value: `${value}` }),
    ...(accepts && { Accepts: accepts }),
  };
}

function isFatal(records: SandboxRecords, refusal: Refusal): boolean {
  return (
    records.misbehaviour.htmlErrors ||
    (refusal.kind === "duplicate" && records.misbehaviour.duplicateAs === "html-500")
  );
}

function saveOne(
  records: SandboxRecords,
  entity: string,
  { Action, Id: id = "", LockVersion, Records, Clear = [] }: Change,
  stamp: number,
): StoredRecord | undefined {
  const fields = Records?.[RECORD_NAMES[entity] ?? ""]?.[0] ?? {};
  if (Action === "insert") return records.create(entity, fields, stamp, "Save");
  const held = records.get(entity, id);
  if (Action === "delete") {
    if (held && LockVersion !== undefined && LockVersion !== held.version) {
      throw new RefusedError({ kind: "stale", text: `${id} was changed meanwhile` });
    }
    records.remove(entity, id, stamp, "Save");
    return undefined;
  }
  if (Action !== "update") refuse("Unknown action", "Action", Action, "insert, update, delete");
  const native = held?.native ?? {};
  if (fields["State"] === "CONFIRMED" && entity === "order" && native["State"] !== "CONFIRMED") {
    if (!records.misbehaviour.ignoreTransitions) refuse("Use ConfirmOrder", "State", "CONFIRMED");
    delete fields["State"];
  }
  const cleared = Object.fromEntries(Clear.map((name) => [name, null]));
  const changes = { ...withItemChanges(records, entity, native, fields), ...cleared };
  return records.update(entity, id, changes, stamp, "Save", LockVersion);
}

/** Items of a list are changed one by one: `Op` says I(nsert), U(pdate, the whole item) or D(elete). */
function withItemChanges(
  records: SandboxRecords,
  entity: string,
  held: JsonObject,
  fields: JsonObject,
): JsonObject {
  const changes = { ...fields };
  for (const [name, key] of Object.entries(records.rules(entity).lists)) {
    const items = fields[name] as JsonObject[] | undefined;
    if (!items) continue;
    let list = [...((held[name] as JsonObject[] | undefined) ?? [])];
    for (const { Op, ...item } of items) {
      const index = list.findIndex((other) => isDeepStrictEqual(other[key], item[key]));
      const isDeleted = Op === "D";
      if (index < 0) list = isDeleted ? list : [...list, item];
      else list = isDeleted ? list.toSpliced(index, 1) : list.with(index, item);
    }
    changes[name] = list;
  }
  return changes;
}
