import { randomUUID } from "node:crypto";
import { NaveError, toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import {
  type Finding,
  failReconciliation,
  finishReconciliation,
  startReconciliation,
  type Totals,
} from "../store/reconciliations.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { Comparison } from "./comparison.ts";

export type ReconcileReport = {
  id: string;
  system: string;
  entity: string;
  totals: Totals;
  findings: Finding[];
};
export type ReconcileProgress = { system: string; entity: string; compared: number; total?: number };

/** `full` reads every body; `changed` only those whose version the hub has not seen, where the system can list versions. */
export type ReconcileDepth = "full" | "changed";

export type ReconcileOptions = {
  depth?: ReconcileDepth;
  onProgress?: (progress: ReconcileProgress) => void;
  /** Ends the comparison without a result. */
  signal?: AbortSignal;
};

/**
 * Compares what systems really hold with what the hub wants them to hold, record by record and field by field. Changes
 * nothing. What differs is looked at again once the source has been polled and nothing moves for it any more, so that
 * traffic gives no false findings.
 *
 * @throws NAVE_CONFIG_INVALID for a system or entity that is not read.
 */
export async function reconcile(
  hub: Hub,
  systemName: string,
  entity: string | undefined,
  options: ReconcileOptions = {},
): Promise<ReconcileReport[]> {
  const system = hub.systems.get(systemName);
  if (!system) {
    throw new NaveError("NAVE_CONFIG_INVALID", `there is no system "${systemName}"`, {
      accepts: [...hub.systems.keys()].join(", "),
    });
  }
  const entities = system.entities.filter(
    (name) => system.takes(name) && (entity === undefined || name === entity),
  );
  if (entities.length === 0)
    throw new NaveError("NAVE_CONFIG_INVALID", `${systemName} is not read for ${entity ?? "any entity"}`);
  const reports: ReconcileReport[] = [];
  for (const name of entities) reports.push(await reconcileTraced(hub, system, name, options));
  return reports;
}

async function reconcileTraced(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const { traces } = hub;
  if (!traces) return reconcileEntity(hub, system, entity, options);
  const attributes = { "nave.system": system.name, "nave.entity": entity };
  return traces.span(`compare ${system.name}`, { attributes }, async (span) => {
    const report = await reconcileEntity(hub, system, entity, options);
    span.setAttribute("nave.findings", report.findings.length);
    return report;
  });
}

async function reconcileEntity(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  { depth = "full", onProgress = () => {}, signal = new AbortController().signal }: ReconcileOptions,
): Promise<ReconcileReport> {
  const id = randomUUID();
  await startReconciliation(hub.db, id, system.name, entity, depth);
  try {
    const run = new Comparison(hub, system, hub.model.entity(entity), onProgress, signal);
    const findings = await run.compare(depth);
    await finishReconciliation(hub.db, id, run.totals, findings);
    return { id, system: system.name, entity, totals: run.totals, findings };
  } catch (thrown) {
    await failReconciliation(hub.db, id, toNaveError(thrown).message);
    throw thrown;
  }
}
