import { setTimeout as sleep } from "node:timers/promises";
import type { Run } from "../workloads/workload.ts";
import { type BenchHub, ENTITIES, type HubPlan, startHub } from "./hub.ts";
import { deleteQueues, embeddedServices, freshServices, type Services } from "./services.ts";
import { Systems } from "./systems.ts";

/** A hub between bench systems, each of the two in a process of its own. */
export type BenchStar = { systems: Systems; services: Services; hub: BenchHub };

export type StarPlan = Pick<HubPlan, "flows" | "hub"> & {
  /** By name: which adapter, and which entities it takes and gives. */
  systems: Record<string, { adapter: string; entities: object; limits?: object }>;
  /** Called before the hub starts. */
  prepare?: (star: Omit<BenchStar, "hub">) => Promise<void>;
};

/** Runs `work` between fresh systems, services and hub, and takes everything down again. */
export async function withStar<T>(
  mode: Run["mode"],
  plan: StarPlan,
  work: (star: BenchStar) => Promise<T>,
): Promise<T> {
  const systems = await Systems.start();
  const services = mode === "embedded" ? embeddedServices() : await freshServices();
  let hub: BenchHub | undefined;
  try {
    await plan.prepare?.({ systems, services });
    hub = await startHub({ ...plan, services, systems: addressed(plan.systems, systems.url) });
    return await work({ systems, services, hub });
  } finally {
    await hub?.end();
    await systems.end();
    if (services.amqpUrl !== undefined) await deleteQueues(services.prefix, queuesOf(plan));
    await services.drop();
  }
}

/** Resolves when the hub has read the source to its end and looked again: what is committed from now on is news to it. */
export async function untilPolled(
  { systems }: Pick<BenchStar, "systems">,
  system: string,
  entity: string,
): Promise<void> {
  const before = (await systems.stats(system, entity)).caughtUp;
  while ((await systems.stats(system, entity)).caughtUp < before + 3) await sleep(50);
}

const STALL_MS = 60_000;

type Seen = { systems: Systems; hub: Pick<BenchHub, "client" | "process"> };

/** Resolves when the target holds so many records. @returns when the last one was committed, by the clock of the systems. */
export async function untilArrived(
  { systems, hub }: Seen,
  [system, entity]: readonly [string, string],
  count: number,
  onProgress: (size: number) => void = () => {},
): Promise<number> {
  let last = { size: -1, at: Date.now() };
  for (;;) {
    const { size, lastCommitMs } = await systems.stats(system, entity);
    if (size >= count) return lastCommitMs;
    if (size !== last.size) last = { size, at: Date.now() };
    if (Date.now() - last.at > STALL_MS)
      throw new Error(`${size} of ${count} arrived in ${system}, and then none: ${await reasonOf(hub)}`);
    onProgress(size);
    await sleep(100);
  }
}

/** What the hub says about records that it could not move. */
export async function reasonOf({ client, process: child }: Seen["hub"]): Promise<string> {
  const { deadLetters } = await client.get<{ deadLetters: { text: string }[] }>("/api/dead-letters");
  return [...deadLetters.slice(0, 3).map(({ text }) => text), child.log.slice(-2000)].join("\n");
}

export function addressed(systems: StarPlan["systems"], url: string): Record<string, object> {
  return Object.fromEntries(
    Object.entries(systems).map(([name, system]) => [
      name,
      { ...system, settings: { url: `${url}/${name}` } },
    ]),
  );
}

export function queuesOf({ systems }: StarPlan): string[] {
  const names = Object.keys(systems);
  const inbound = ENTITIES.map((entity) => `inbound.${entity}`);
  return [...inbound, "resumed", "dead", ...names.flatMap((name) => [`deliver.${name}`, `command.${name}`])];
}
