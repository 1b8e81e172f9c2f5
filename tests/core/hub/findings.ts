import type { Hub } from "../../../src/hub.ts";
import { type ReconcileReport, reconcile } from "../../../src/reconcile/reconcile.ts";

/** How many findings of each kind there are. */
export function kindsOf(reports: readonly ReconcileReport[]): Record<string, number> {
  const groups = Map.groupBy(
    reports.flatMap(({ findings }) => findings),
    ({ kind }) => kind,
  );
  return Object.fromEntries([...groups].map(([kind, group]) => [kind, group.length]));
}

/** Local ids under which another record was found than the one they were linked to. */
export function mismatchedIn(reports: readonly ReconcileReport[]): string[] {
  return reports.flatMap(({ findings }) =>
    findings.flatMap(({ kind, localId }) => (kind === "mismatched-reference" ? (localId ?? []) : [])),
  );
}

/** What a full comparison of every system finds now, in words. */
export async function findingsOf(hub: Hub): Promise<string[]> {
  const found: string[] = [];
  for (const system of hub.systems.keys()) found.push(...inWords(await reconcile(hub, system, undefined)));
  return found;
}

export function inWords(reports: readonly ReconcileReport[]): string[] {
  return reports.flatMap(({ system, entity, findings }) =>
    findings.map(
      ({ kind, localId, path, hub, systemValue }) =>
        `${kind} ${system}/${entity}/${localId} ${path}: hub ${JSON.stringify(hub)}, there ${JSON.stringify(systemValue)}`,
    ),
  );
}
