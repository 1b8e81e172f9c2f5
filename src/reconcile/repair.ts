import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertRerun } from "../merge/internal-message.ts";
import { readRecords } from "../receive/poller.ts";
import { insertAudit } from "../store/audit.ts";
import { unlinkRecord } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import {
  type Finding,
  markRepaired,
  type Reconciliation,
  readReconciliation,
  selectFindings,
} from "../store/reconciliations.ts";
import { deleteShadow, distrustShadow } from "../store/shadows.ts";
import { reopenWish } from "../store/wishes.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { putKeyBack, whoseRecord } from "./mismatched-key.ts";
import { linkByKey, overrule, type Wronged } from "./put-back.ts";

export type RepairStep = {
  number: number;
  localId: string | null;
  canonicalId: string | null;
  kind: Finding["kind"];
  action: "write again" | "take in" | "put back" | "link again" | "put the key back" | "leave";
  text: string;
};

/**
 * Who is right where a system and the hub differ. `rules`: what the system holds is taken in as its edit, and the rules of the
 * fields decide. `hub`: the system is made to hold what the hub has, as after the restore of an earlier day.
 */
export const PREFERENCES = ["rules", "hub"] as const;
export type Preference = (typeof PREFERENCES)[number];

type Run = Reconciliation & { connected: ConnectedSystem; prefer: Preference };

/** What a repair would do, finding by finding; changes nothing. */
export async function planRepair(
  hub: Hub,
  reconciliationId: string,
  prefer: Preference = "rules",
): Promise<RepairStep[]> {
  const run = await openRun(hub, reconciliationId, prefer);
  return Promise.all(
    (await selectFindings(hub.db, reconciliationId, true)).map((finding) => stepFor(hub, run, finding)),
  );
}

/**
 * Repairs what a reconciliation found, through the same path as every change: records the system lacks are wished again,
 * what it holds otherwise is taken in as an observation and merged by the rules of its fields, or overruled where the hub is
 * right.
 *
 * @returns how many findings were set right; the effect is complete when nothing is pending.
 */
export async function applyRepair(
  hub: Hub,
  reconciliationId: string,
  by: string,
  prefer: Preference = "rules",
): Promise<number> {
  const run = await openRun(hub, reconciliationId, prefer);
  const steps = await planRepair(hub, reconciliationId, prefer);
  const overruled = await overrule(hub, run, steps.flatMap(wrongedBy), by);
  const done: RepairStep[] = [];
  for (const step of steps) if (await perform(hub, run, step, overruled)) done.push(step);
  const linked = prefer === "hub" ? await linkByKey(hub, run, done.flatMap(mayCarryAnotherKey)) : [];
  await overrule(hub, run, linked, by);
  const isSeen = new Set([...overruled, ...linked.map(({ localId }) => localId)]);
  const localIds = new Set(
    done.flatMap(({ action, localId }) =>
      action === "write again" || localId === null || isSeen.has(localId) ? [] : localId,
    ),
  );
  if (localIds.size > 0) await readRecords(hub, run.connected, run.entity, [...localIds]);
  await rerunFlows(hub, run, [...linked.map(({ canonicalId }) => ({ canonicalId })), ...done]);
  await markRepaired(
    hub.db,
    reconciliationId,
    done.map(({ number }) => number),
  );
  const { system, entity } = run;
  const findings = done.length;
  await insertAudit(hub.db, by, "repair", { reconciliationId, system, entity, prefer, findings });
  return done.length;
}

/** Records that the system shows under a local id of which the hub knew nothing, or knew another record. */
function mayCarryAnotherKey({ kind, action, localId }: RepairStep): string[] {
  return localId !== null && (kind === "extra" || action === "link again") ? [localId] : [];
}

function wrongedBy({ action, localId, canonicalId }: RepairStep): Wronged[] {
  return action === "put back" && localId !== null && canonicalId !== null ? [{ localId, canonicalId }] : [];
}

async function openRun(hub: Hub, id: string, prefer: Preference): Promise<Run> {
  const run = await readReconciliation(hub.db, id);
  if (!run) throw new NaveError("NAVE_REQUEST_INVALID", `there is no reconciliation ${id}`);
  const connected = hub.systems.get(run.system);
  if (connected) return { ...run, connected, prefer };
  throw new NaveError("NAVE_CONFIG_INVALID", `system "${run.system}" is not configured any more`);
}

async function stepFor(hub: Hub, run: Run, finding: Finding): Promise<RepairStep> {
  const { number, localId, canonicalId, kind } = finding;
  const base = { number, localId, canonicalId, kind };
  const record = `${run.system}/${localId}`;
  switch (kind) {
    case "missing":
      return { ...base, ...forMissing(run, finding) };
    case "extra":
      return {
        ...base,
        action: "take in",
        text: `${record} is unknown to the hub: it is taken in like a new record`,
      };
    case "mismatched-reference": {
      const owner = await whoseRecord(hub, run, finding);
      return owner === "linked"
        ? {
            ...base,
            action: "put the key back",
            text: `${record} carries the key of another record: its own is written there again`,
          }
        : {
            ...base,
            action: "link again",
            text: `${record} is another record by key and content: the link is removed and found anew`,
          };
    }
    case "different":
      return { ...base, ...forDifferent(run, finding) };
  }
}

function forMissing(run: Run, { canonicalId, systemValue }: Finding): Pick<RepairStep, "action" | "text"> {
  const text = `${run.system} lacks ${run.entity} ${canonicalId}`;
  if (canBeMade(run) && systemValue === null)
    return { action: "write again", text: `${text}: it is written there again` };
  if (run.prefer === "rules") return { action: "take in", text: `${text}: its delete is taken in` };
  const why = systemValue === null ? "cannot be made there" : "is archived there: bring it back by hand";
  return { action: "leave", text: `${text}: it ${why}` };
}

function forDifferent(run: Run, finding: Finding): Pick<RepairStep, "action" | "text"> {
  const { path, systemValue, hub } = finding;
  const text = `${run.system}/${finding.localId} ${path}: holds ${JSON.stringify(systemValue)}, wanted ${JSON.stringify(hub)}`;
  if (run.prefer === "rules") return { action: "take in", text: `${text}; merged by the rule of the field` };
  return canBeWritten(run, path ?? "*")
    ? { action: "put back", text: `${text}; put back as the hub has it` }
    : { action: "leave", text: `${text}; the hub does not write it there` };
}

function canBeWritten({ connected, entity }: Run, path: string): boolean {
  if (!connected.gives(entity)) return false;
  const { update, remove } = connected.capability(entity);
  return path === "*" ? remove !== "none" : update && connected.mapping(entity).writes(path);
}

function canBeMade({ connected, entity }: Run): boolean {
  return connected.gives(entity) && connected.capability(entity).create;
}

/** What has to be done before records are read and flows run again. @returns false when it could not be done. */
async function perform(
  hub: Hub,
  run: Run,
  { action, localId, canonicalId }: RepairStep,
  overruled: ReadonlySet<string>,
): Promise<boolean> {
  if (action === "leave") return false;
  if (action === "put back") return overruled.has(localId ?? "");
  if (action === "put the key back") return putKeyBack(hub, run, localId ?? "", canonicalId ?? "");
  if (localId === null) return true;
  if (action === "take in") await distrustShadow(hub.db, run.system, run.entity, localId);
  else await hub.db.transaction((sql) => unlink(sql, run, localId));
  return true;
}

async function unlink(sql: Sql, { system, entity }: Run, localId: string): Promise<void> {
  await unlinkRecord(sql, entity, system, localId);
  await deleteShadow(sql, system, entity, localId);
}

/** What the hub wants is compared afresh with what the system holds, also where the system's side brings no news. */
async function rerunFlows(
  hub: Hub,
  { system, entity }: Run,
  done: readonly Partial<RepairStep>[],
): Promise<void> {
  const made = new Set<string>();
  for (const { canonicalId, action } of done) {
    if (canonicalId == null || made.has(canonicalId) || action === "put the key back") continue;
    made.add(canonicalId);
    await hub.db.transaction(async (sql) => {
      if (action !== "take in") await reopenWish(sql, { system, entity, canonicalId });
      await insertRerun(sql, { entity, canonicalId });
    });
  }
}
