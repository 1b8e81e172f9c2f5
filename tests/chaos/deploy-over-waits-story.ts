import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ErpOptions } from "../../adapters/sandbox-erp/simulator/server.ts";
import { erpHarness } from "../../adapters/sandbox-erp/tests/harness.ts";
import type { Config } from "../../src/config/types.ts";
import { decideApproval } from "../../src/flows/waits/decide-approval.ts";
import { listApprovals } from "../../src/store/approvals.ts";
import type { Database } from "../../src/store/database.ts";
import { listDeadLetters } from "../../src/store/dead-letters.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { deployElsewhere } from "../core/hub/deploy-elsewhere.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { writeFlows } from "../flows/draw.ts";
import { until } from "../services/until.ts";
import { drawFirst, drawSecond, QUANTITIES } from "./deploy-over-waits-flows.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { settingsOf } from "./modes.ts";

export type CallTimes = {
  /** From being asked for first to being done; undefined: until both hubs are up again and have asked again. */
  callMs?: number;
  /** What is said of the ERP in the configuration. */
  limits: { timeoutMs: number; settleMs: number };
};

export type OverWaits = {
  /** What each customer is called in the ERP at the end. */
  names: string[];
  /** How much is reserved: a digit for each `call`, see `QUANTITIES`. */
  reserved: number;
  reservations: number;
  /** How often the ERP was asked for each long call. */
  asked: number[];
  /** After the first long call was asked for: both hubs were killed, both were up again, the last long call was done. */
  ms: { killed: number; upAgain: number; done: number };
  /** Older versions that ran while a question was still open; there is none when this is told. */
  olderWhileOpen: number;
  deadLetters: string[];
};

/** Deploys a second version while calls take long and questions are open in the first, then kills both hubs, and starts two anew. */
export async function deployOverWaits({ callMs, limits }: CallTimes): Promise<OverWaits> {
  const standby = Array.from({ length: 3 }, () => new HubInAProcess());
  const [first, second, third] = standby as [HubInAProcess, HubInAProcess, HubInAProcess];
  const slow = takesItsTime(callMs);
  const bed = await startBed({ slow, limits });
  const { star } = bed;
  try {
    first.begin(star.config);
    second.begin(bed.otherConfig);
    await Promise.all([first.ready(), second.ready()]);
    await openBoth(bed, ["Ada", "Bo"]);
    await bed.deploySecond();
    await bed.enters("Cy, in v2");
    await Promise.all([first.kill(), second.kill()]);
    const killed = slow.elapsedMs();
    third.begin(bed.otherConfig);
    await Promise.all([third.ready(), star.startHub()]);
    const upAgain = slow.elapsedMs();
    await bed.enters("Di, in v2");
    await approve(bed, "Ada");
    if (callMs === undefined) {
      await until("both are asked for again", () => slow.asked().every((times) => times > 1));
      slow.letGo();
    }
    await until("both long calls are done", async () => (await bed.reserved()) % 10 === 2);
    const done = slow.elapsedMs();
    await until("and what stands behind them", async () => (await bed.reserved()) % 100 === 22);
    const olderWhileOpen = bed.older();
    await approve(bed, "Bo");
    await star.quiet();
    await until("no older version runs", () => bed.older() === 0);
    const ms = { killed, upAgain, done };
    return { ...(await effectsOf(bed)), asked: slow.asked(), ms, olderWhileOpen };
  } finally {
    slow.letGo();
    await Promise.all(standby.map((hub) => hub.kill()));
    await bed.close();
  }
}

type SlowErp = {
  before: NonNullable<ErpOptions["before"]>;
  letGo(): void;
  asked(): number[];
  elapsedMs(): number;
};

/** An ERP that takes its time over the long calls; who asks again under the same key waits for the rest of it. */
function takesItsTime(callMs: number | undefined): SlowErp {
  const { promise: toldToEnd, resolve: letGo } = Promise.withResolvers<void>();
  const calls = new Map<string, { times: number; work: Promise<void> }>();
  let beganAt: number | undefined;
  return {
    async before(operation, { Qty, RequestId }) {
      if (operation !== "ReserveStock" || Qty !== QUANTITIES.long) return;
      beganAt ??= performance.now();
      const key = String(RequestId);
      const call = calls.get(key) ?? { times: 0, work: callMs === undefined ? toldToEnd : sleep(callMs) };
      call.times += 1;
      calls.set(key, call);
      await call.work;
    },
    letGo,
    asked: () => [...calls.values()].map(({ times }) => times),
    elapsedMs: () => Math.round(performance.now() - (beganAt ?? Number.NaN)),
  };
}

type Bed = {
  star: Star;
  db: Database;
  slow: SlowErp;
  /** Of the second hub. */
  otherConfig: Config;
  /** Resolves when both hubs have followed. */
  deploySecond(): Promise<void>;
  /** Enters a customer in the CRM, whom the ERP is to have under this name. */
  enters(inErp: string): Promise<void>;
  reserved(): Promise<number>;
  names(): Promise<string[]>;
  older(): number;
  close(): Promise<void>;
};

/** The systems, the folders of two hubs with the first version in them, and the store. */
async function startBed({ slow, limits }: { slow: SlowErp; limits: CallTimes["limits"] }): Promise<Bed> {
  const { flowsDir } = await writeFlows({});
  const dataDir = await mkdtemp(join(tmpdir(), "nave-second-hub-"));
  const files = [flowsDir, join(dataDir, "flows")].map((folder) => join(folder, "customer", "flow.json"));
  const settings = await settingsOf("distributed");
  let product = "";
  const star = await startStar({
    hub: { ...settings.hub, flowsDir },
    erp: { before: slow.before },
    systems: {
      crm: { entities: { customer: { take: true, give: false } } },
      erp: { limits, entities: { customer: { take: false, give: true } } },
    },
    seed: async ({ erp }) => {
      product = await erp.insert("product", erpHarness.sample("product", 1, {}));
      const stock = erpHarness.sample("stock-level", 1, { product });
      await erp.insert("stock-level", { ...stock, OnHand: "10000", Reserved: "0" });
      for (const file of files) {
        await mkdir(join(file, ".."), { recursive: true });
        await writeFile(file, JSON.stringify(drawFirst(product)));
      }
    },
  });
  await star.stopHub();
  const db = await openDatabase({ url: star.config.hub.databaseUrl, dataDir: "unused" });
  const names = async () => (await star.erp.all("customer")).map(({ Name1 }) => String(Name1)).sort();
  return {
    star,
    db,
    slow,
    otherConfig: { ...star.config, hub: { ...star.config.hub, dataDir, flowsDir: join(dataDir, "flows") } },
    async deploySecond() {
      await deployElsewhere(db, [drawSecond(product)]);
      const texts = () => Promise.all(files.map((file) => readFile(file, "utf8")));
      await until("both have followed", async () => (await texts()).every((text) => text.includes("in v2")));
    },
    async enters(inErp) {
      await star.crm.insert("customer", { displayName: inErp.split(",")[0] ?? "", type: "COMPANY" });
      await until(`there is ${inErp}`, async () => (await names()).includes(inErp));
    },
    reserved: async () => Number((await star.erp.all("stock-level"))[0]?.["Reserved"]),
    names,
    older: () => (star.running.flows?.versions() ?? []).flatMap(({ older }) => older).length,
    async close() {
      await db.close();
      await star.close();
      await settings.drop();
      for (const folder of [join(flowsDir, ".."), dataDir])
        await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Enters customers, for each of whom a call is under way and a question open when it resolves. */
async function openBoth({ star, db, slow }: Bed, customers: readonly string[]): Promise<void> {
  for (const displayName of customers) await star.crm.insert("customer", { displayName, type: "COMPANY" });
  await until("the calls are under way", () => slow.asked().length === customers.length);
  const open = () => listApprovals(db, { isOpen: true }, 10);
  await until("the questions are open", async () => (await open()).length === customers.length);
}

/** Resolves when the ERP has what stands behind the question. */
async function approve({ star, names }: Bed, customer: string): Promise<void> {
  const { hub } = star.running;
  const open = await listApprovals(hub.db, { isOpen: true }, 10);
  const asked = open.find(({ data }) => data["question"] === `${customer}?`);
  if (!asked) throw new Error(`nobody is asked about ${customer}`);
  const given = { decision: "approved", values: {} } as const;
  const { notTaken } = await decideApproval(hub, asked.id, { name: "kim", role: "operator" }, given);
  if (notTaken) throw new Error(`the answer about ${customer} was not taken: ${notTaken}`);
  const name = `${customer}, approved in v1`;
  await until(`there is ${name}`, async () => (await names()).includes(name));
}

async function effectsOf({ star, db, names, reserved }: Bed) {
  const reservations = (await star.erp.ledger()).filter(({ method }) => method === "reservation").length;
  const deadLetters = (await listDeadLetters(db, 10)).map(({ text }) => text);
  return { names: await names(), reserved: await reserved(), reservations, deadLetters };
}
