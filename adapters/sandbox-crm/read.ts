import { NaveError, type Observation } from "../../src/adapter-kit/index.ts";
import type { CrmClient } from "./client.ts";
import { observe } from "./observe.ts";

export async function readRecords(
  client: CrmClient,
  entity: string,
  localIds: readonly string[],
  signal: AbortSignal,
): Promise<Observation[]> {
  if (localIds.length === 0) return [];
  return (await client.lookup(entity, "id", localIds, signal)).map(observe);
}

export async function findByProbe(
  client: CrmClient,
  entity: string,
  probeKeys: readonly string[],
  signal: AbortSignal,
): Promise<{ probeKey: string; observation: Observation }[]> {
  const { probe } = client.capability(entity);
  if (probe === undefined)
    throw new NaveError("NAVE_NOT_SUPPORTED", `No probe field is declared for ${entity}`);
  if (probeKeys.length === 0) return [];
  const found = await client.lookup(entity, probe, probeKeys, signal);
  return found.map((wire) => ({ probeKey: wire[probe] as string, observation: observe(wire) }));
}
