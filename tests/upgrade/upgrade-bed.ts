import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { startServer as startCrm } from "../../adapters/sandbox-crm/simulator/server.ts";
import { startServer as startErp } from "../../adapters/sandbox-erp/simulator/server.ts";
import type { SandboxServer } from "../../src/adapter-kit/simulation/index.ts";
import type { Status } from "../../src/telemetry/status.ts";
import { faultsOf } from "../chaos/far-sides.ts";
import { People } from "../chaos/people.ts";
import { HubOfATree, type HubPlace } from "./hub-of-a-tree.ts";
import type { Tree } from "./older-version.ts";

const EDIT_EVERY_MS = 50;
const SETTLE_WITHIN_MS = 120_000;
const LIMITS = { pollEveryMs: 200, settleMs: 600, overlapMs: 2000 };
/** That all agree is told by the hub's own comparison too. */
const COMPARISONS = { reconcileEveryMs: 600_000, reconcileAfterQuietMs: 500 };

/** Where a hub stores and queues; nothing: in its own folder. */
export type StoreSettings = { databaseUrl?: string; amqpUrl?: string; queuePrefix?: string };

/** A CRM, an ERP and people at work in both, whatever hub runs between them. */
export class UpgradeBed {
  readonly people: People;
  readonly hubs: HubOfATree[] = [];
  /** What the store says of the records at fault; of a store that only its hub can open, nothing. */
  storiesOf: (faults: readonly string[]) => Promise<string[]> = async () => [];
  readonly folder: string;
  readonly #systems: Record<"crm" | "erp", SandboxServer>;
  /** The operator's flows: they stay what they are over an upgrade. */
  readonly #flows: string;
  #files = 0;

  private constructor(folder: string, flows: string, systems: Record<"crm" | "erp", SandboxServer>) {
    this.folder = folder;
    this.#flows = flows;
    this.#systems = systems;
    this.people = new People(systems, EDIT_EVERY_MS);
  }

  static async open(older: Tree): Promise<UpgradeBed> {
    const folder = await mkdtemp(join(tmpdir(), "nave-upgrade-"));
    const flows = join(folder, "flows");
    await cp(join(older.folder, "flows"), flows, { recursive: true });
    const bed = new UpgradeBed(folder, flows, { crm: await startCrm(), erp: await startErp() });
    await bed.people.stock();
    return bed;
  }

  /** A configuration in the words of that version: its own demonstration, with these systems and this store. */
  async place(tree: Tree, store: StoreSettings, dataDir: string): Promise<HubPlace> {
    const shipped = parse(await readFile(join(tree.folder, "nave.config.yaml"), "utf8")) as {
      systems: Record<string, object>;
      entities: object;
    };
    const systems = Object.entries(this.#systems).map(([name, { settings }]) => [
      name,
      { ...shipped.systems[name], settings, limits: LIMITS },
    ]);
    const hub = {
      port: 0,
      ...store,
      ...COMPARISONS,
      flowsDir: this.#flows,
      adapterDirs: [join(tree.folder, "adapters")],
    };
    const config = join(this.folder, `nave.config-${++this.#files}.yaml`);
    // JSON is YAML.
    await writeFile(
      config,
      JSON.stringify({ hub, systems: Object.fromEntries(systems), entities: shipped.entities }),
    );
    const data = join(this.folder, dataDir);
    await mkdir(data, { recursive: true });
    return { config, dataDir: data };
  }

  /** Starts a hub; resolves when it is ready. */
  async start(label: string, tree: Tree, place: HubPlace): Promise<HubOfATree> {
    const hub = new HubOfATree(label, tree, place);
    this.hubs.push(hub);
    await hub.ready();
    return hub;
  }

  /**
   * Resolves when what people entered is in both systems once, with the values entered last, and the hub itself says that all
   * agree. @throws naming what is lost, doubled or different.
   */
  async settled(hub: HubOfATree): Promise<Outcome> {
    const client = await hub.client();
    const deadline = Date.now() + SETTLE_WITHIN_MS;
    for (;;) {
      const faults = await faultsOf(this.#systems, this.people);
      const status = await client.get<Status>("/api/status");
      const { deadLetters, inDoubt, conflicts } = status;
      if (deadLetters + inDoubt > 0) throw new Error(await this.#whatNeedsAPerson(hub));
      if (faults.length === 0 && status.inSync)
        return { customers: this.people.customers.size, orders: this.people.orders.size, conflicts };
      if (Date.now() > deadline)
        throw new Error(
          [
            `not settled after ${SETTLE_WITHIN_MS / 1000} s: ${JSON.stringify({ ...status, systems: undefined })}`,
            ...faults.slice(0, 20),
            ...(await this.storiesOf(faults.slice(0, 3))),
          ].join("\n"),
        );
      await sleep(200);
    }
  }

  async #whatNeedsAPerson(hub: HubOfATree): Promise<string> {
    const client = await hub.client();
    const { deadLetters } = await client.get<{ deadLetters: { code: string; text: string }[] }>(
      "/api/dead-letters",
    );
    return ["these need a person:", ...deadLetters.map(({ code, text }) => `${code} ${text}`)].join("\n");
  }

  /** Before their store goes. */
  async endHubs(): Promise<void> {
    await this.people.stop();
    await Promise.all(this.hubs.filter(({ isRunning }) => isRunning).map((hub) => hub.end("SIGKILL")));
  }

  async close(): Promise<void> {
    await this.endHubs();
    await Promise.all(Object.values(this.#systems).map((system) => system.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export type Outcome = { customers: number; orders: number; conflicts: number };
