import { NaveError, type Observation } from "../../src/adapter-kit/index.ts";
import type { ErpClient } from "./client.ts";
import { observe, recordsOf } from "./observe.ts";

export async function readRecords(
  client: ErpClient,
  entity: string,
  localIds: readonly string[],
  signal: AbortSignal,
): Promise<Observation[]> {
  if (localIds.length === 0) return [];
  const args = { Entity: client.capability(entity).native, Ids: [...localIds] };
  return recordsOf(await client.ask("Read", args, signal)).map(observe);
}

export async function findByProbe(
  client: ErpClient,
  entity: string,
  probeKeys: readonly string[],
  signal: AbortSignal,
): Promise<{ probeKey: string; observation: Observation }[]> {
  const { probe, native } = client.capability(entity);
  if (probe === undefined)
    throw new NaveError("NAVE_NOT_SUPPORTED", `No probe field is declared for ${entity}`);
  if (probeKeys.length === 0) return [];
  const args = { Entity: native, Field: probe, Values: [...probeKeys] };
  const found = recordsOf(await client.ask("Find", args, signal));
  return found.map((wire) => ({ probeKey: wire[probe] as string, observation: observe(wire) }));
}
