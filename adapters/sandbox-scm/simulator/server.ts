import { mkdirSync, mkdtempSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  CONTROL_PREFIX,
  type Controlled,
  controlFace,
  RecordTable,
  type SandboxServer,
  serveFace,
  WELL_BEHAVED,
} from "../../../src/adapter-kit/simulation/index.ts";
import { SupplierBusiness } from "./business.ts";
import { type DespatchLine, despatchAdvice, inventoryReport, type StockLine } from "./documents.ts";
import { Outbox } from "./outbox.ts";
import { readReceivedOrder } from "./read-order.ts";
import { type SupplierSwitches, WELL_BEHAVED_SUPPLIER } from "./switches.ts";

const TICK_MS = 50;

export type SupplierOptions = {
  /** Port of the control face; 0 or absent: any free one. */
  port?: number;
  /** The folder shared with the hub; absent: a new one, removed at the end. */
  folder?: string;
  /** SQLite file that keeps the supplier's records across restarts; absent: in memory. */
  file?: string;
  misbehave?: Partial<SupplierSwitches>;
};

/**
 * Starts the sandbox supplier, a stand-in for a real one: it takes orders from `inbox` and puts order responses, despatch
 * advices and inventory reports into `outbox`. Never for production. `act("answer" | "despatch", order)` and
 * `act("report", "")` do at once what it else does in its own time.
 */
export async function startServer(options: SupplierOptions = {}): Promise<SandboxServer<SupplierSwitches>> {
  const directory = options.folder ?? mkdtempSync(join(tmpdir(), "sandbox-supplier-"));
  const folder = (name: string) => join(directory, name);
  for (const name of ["inbox", "outbox", "processed"]) mkdirSync(folder(name), { recursive: true });
  const switches = { ...WELL_BEHAVED_SUPPLIER, ...options.misbehave };
  const outbox = new Outbox(folder("outbox"), switches);
  const table = new RecordTable(options.file);
  const business = new SupplierBusiness(table, outbox, switches);
  const round = alone(async () => {
    if (!switches.asleep) await takeOrders(business, folder);
    await business.work();
  });
  const controlled = controls(business, outbox, switches, round);
  const face = { prefix: CONTROL_PREFIX, face: controlFace(controlled), misbehaves: false };
  const { url, close } = await serveFace([face], { ...WELL_BEHAVED }, options.port);
  const stopping = new AbortController();
  const loop = repeat(round, stopping.signal);
  return {
    ...controlled,
    url,
    settings: { directory, buyer: "Demonstration Ltd", seller: "Sandbox Supplier" },
    close: async () => {
      stopping.abort();
      await loop;
      await close();
      table.close();
      if (options.folder === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function takeOrders(business: SupplierBusiness, folder: (name: string) => string): Promise<void> {
  for (const name of (await readdir(folder("inbox"))).toSorted()) {
    if (name.startsWith(".") || !name.endsWith(".xml")) continue;
    business.take(readReceivedOrder(await readFile(join(folder("inbox"), name), "utf8")));
    await rename(join(folder("inbox"), name), join(folder("processed"), `${Date.now()}-${name}`));
  }
}

async function repeat(round: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A folder that is gone for a moment, or an order that cannot be read, is tried again.
    await round().catch(() => undefined);
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One round at a time, whoever asks for it. */
function alone(work: () => Promise<void>): () => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  return () => (turn = turn.catch(() => undefined).then(work));
}

function controls(
  business: SupplierBusiness,
  outbox: Outbox,
  switches: SupplierSwitches,
  round: () => Promise<void>,
): Controlled<SupplierSwitches> {
  const { table } = business;
  const insert = async (entity: string, native: JsonObject): Promise<string> => {
    const id = native["ID"] as string;
    const lines = native["lines"] as unknown;
    if (entity === "shipment") {
      await outbox.putDespatch(id, despatchAdvice(id, native["OrderID"] as string, lines as DespatchLine[]));
      return id;
    }
    if (entity !== "stock-level") throw new Error(`The supplier makes no ${entity} of its own`);
    const [line] = lines as StockLine[];
    await outbox.put(id, inventoryReport(id, lines as StockLine[]));
    return `SUP-1:${line?.item ?? ""}`;
  };
  return {
    seed: async (entity, natives) => {
      const ids: string[] = [];
      for (const native of natives) ids.push(await insert(entity, native));
      return ids;
    },
    all: async (entity) => {
      await round();
      return table.select("entity = ?", [entity]).map(({ native }) => native);
    },
    get: async (entity, id) => {
      await round();
      return table.get(entity, id)?.native;
    },
    insert,
    edit: refuse,
    remove: refuse,
    ledger: async () => table.ledger(),
    misbehave: async (changes) => void Object.assign(switches, changes),
    misbehaviour: async () => ({ ...switches }),
    act: async (action, id) => {
      await round();
      if (action === "answer") return business.answer(id);
      if (action === "despatch") return business.despatch(id);
      if (action === "report") return business.report();
      throw new Error(`No action ${action}; accepted: answer, despatch, report`);
    },
  };
}

async function refuse(): Promise<never> {
  throw new Error("A supplier's documents are not changed");
}
