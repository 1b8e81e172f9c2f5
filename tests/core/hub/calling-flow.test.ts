import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { erpHarness } from "../../../adapters/sandbox-erp/tests/harness.ts";
import { tracesConfig } from "../../../src/config/traces-config.ts";
import { serveFlows } from "../../../src/flows/serve-flows.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { pauseSystem } from "../../../src/store/system-states.ts";
import { trace } from "../../../src/telemetry/trace.ts";
import { drawBetween, drawFlow, writeFlows } from "../../flows/draw.ts";
import { type Collector, chainTo, startCollector } from "../../services/collector.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
let collector: Collector;
let wanted: string;
let rare: string;
beforeAll(async () => {
  const { flowsDir } = await writeFlows({});
  const node = { key: "", once: "", deadline: 600, onFailure: "skip", to: "reply" };
  const reserving = drawBetween("product", {
    id: {
      type: "lookup",
      what: "local-id",
      entity: "product",
      system: "erp",
      kind: "",
      by: "canonical-id",
      value: "nave.canonicalId",
      to: "erpId",
      wire: ["reserve", ""],
    },
    reserve: {
      type: "call",
      system: "erp",
      operation: "reserveStock",
      args: '{ "productId": erpId, "quantity": "2" }',
      ...node,
      wire: ["out", "no", ""],
    },
    no: { type: "reject", reason: "{{payload.number}}: {{reply.text}}", owner: "purchasing" },
  });
  const plain = (entity: string) =>
    drawFlow(entity, {
      in: { type: "record in", entity, kind: "observed", system: "", wire: ["merge"] },
      merge: { type: "merge", echoes: "end", wire: ["out"] },
      out: { type: "record out", to: "all", system: "" },
    });
  for (const [name, nodes] of Object.entries({
    product: reserving,
    customer: plain("customer"),
  })) {
    await mkdir(join(flowsDir, name), { recursive: true });
    await writeFile(join(flowsDir, name, "flow.json"), JSON.stringify(nodes));
  }
  collector = await startCollector();
  star = await startStar({
    store: "postgres",
    telemetry: { traces: tracesConfig({ on: true, endpoint: collector.url }, {}) },
    hub: { flowsDir },
    systems: {
      crm: { entities: { product: { take: false, give: true }, customer: { take: true, give: true } } },
      erp: {
        entities: {
          product: { take: true, give: false },
          customer: { take: false, give: true },
          "stock-level": { take: false, give: false },
        },
      },
    },
    seed: async ({ erp }) => {
      wanted = await erp.insert("product", erpHarness.sample("product", 1, {}));
      rare = await erp.insert("product", erpHarness.sample("product", 2, {}));
      const stock = (product: string, onHand: string) => ({
        ...erpHarness.sample("stock-level", 1, { product }),
        OnHand: onHand,
        Reserved: "0.000",
      });
      await erp.insert("stock-level", stock(wanted, "10.000"));
      await erp.insert("stock-level", stock(rare, "1.000"));
    },
  });
  await star.quiet();
});
afterAll(async () => {
  await star?.close();
  await collector?.close();
});

const reserved = async () =>
  Object.fromEntries((await star.erp.all("stock-level")).map((one) => [one["ArticleId"], one["Reserved"]]));

test("a flow finds an id, has something done under it, and goes on by the answer", async () => {
  expect(await reserved()).toEqual({ [wanted]: "2.000", [rare]: "0.000" });
  expect((await star.crm.all("product")).map(({ sku }) => sku)).toEqual(["BIKE-1"]);
  const letters = await listDeadLetters(star.running.hub.db, 10);
  expect(letters).toMatchObject([
    {
      code: "NAVE_FLOW_REJECTED",
      owner: "purchasing",
      text: expect.stringContaining("BIKE-2: There is not so much in stock"),
    },
  ]);
});

test("the command stands in the story of its record", async () => {
  const { hops } = await trace(star.running.hub, "BIKE-1");
  expect(hops.filter(({ step }) => step === "command").map(({ text }) => text)).toEqual([
    expect.stringMatching(/^reserveStock to be done by erp, until /),
    "erp has done reserveStock",
  ]);
});

test("the command stands in the trace of its message", async () => {
  const calls = () => collector.spans.filter(({ name }) => name === "reserveStock erp");
  await until("both calls are told", () => calls().length === 2);
  const [done] = calls().filter(({ failed }) => !failed);
  const journey = () => (done ? chainTo(collector.spans, done) : []);
  await until("the trace is whole", () => journey()[0]?.startsWith("accept") ?? false);
  expect(journey()).toEqual([
    "accept inbound.product",
    "process inbound.product",
    "flow product",
    "process command.erp",
    "command erp",
    "reserveStock erp",
  ]);
  const [refused] = calls().filter(({ failed }) => failed);
  expect(refused?.attributes).toMatchObject({ "nave.outcome": "refused", "error.type": "refused" });
});

test("records are found by id and by key, ids both ways, and a system is read live without storing anything", async () => {
  const { hub } = star.running;
  const port = serveFlows(hub);
  const entity = "product";
  const canonicalId = await port.lookup({ what: "canonical-id", entity, system: "erp", localId: wanted });
  if (typeof canonicalId !== "string") throw new Error("the product has no canonical id");
  expect(await port.lookup({ what: "local-id", entity, system: "erp", canonicalId })).toBe(wanted);
  const record = { canonicalId, archived: false, body: { number: "BIKE-1" } };
  expect(await port.lookup({ what: "record", entity, canonicalId })).toMatchObject(record);
  expect(await port.lookup({ what: "record-by-key", entity, value: "bike-1" })).toMatchObject(record);
  expect(
    await port.lookup({ what: "record-by-key", entity, value: "bike-1", kind: "email" }),
  ).toBeUndefined();
  await pauseSystem(hub.db, "crm", "a test");
  await star.erp.edit("product", wanted, { Name: "Changed a moment ago" });
  const live = await port.lookup({ what: "live", entity, system: "erp", canonicalId });
  expect(live).toMatchObject({ localId: wanted, canonicalId, body: { name: "Changed a moment ago" } });
  expect(await port.lookup({ what: "live", entity, system: "erp", localId: "0" })).toBeUndefined();
  await until("the hub knows of the pause", () => hub.systems.get("crm")?.paused ?? false);
  await expect(port.lookup({ what: "live", entity, system: "crm", canonicalId })).rejects.toMatchObject({
    code: "NAVE_SYSTEM_UNAVAILABLE",
  });
  await pauseSystem(hub.db, "crm", null);
});

test("references of what is read live are the hub's own; what is no id is not found", async () => {
  const port = serveFlows(star.running.hub);
  const stock = (await star.erp.all("stock-level")).find((one) => one["ArticleId"] === wanted);
  const live = await port.lookup({
    what: "live",
    entity: "stock-level",
    system: "erp",
    localId: String(stock?.["Id"]),
  });
  const id = await port.lookup({ what: "canonical-id", entity: "product", system: "erp", localId: wanted });
  expect(live).toMatchObject({ body: { item: { id } } });
  expect(await port.lookup({ what: "record", entity: "product", canonicalId: "4711" })).toBeUndefined();
});

test("a key that several records carry finds none of them, and says so", async () => {
  const same = { displayName: "Twin Ltd", type: "COMPANY" };
  await star.crm.insert("customer", { ...same, customerNumber: "T-1" });
  await star.crm.insert("customer", { ...same, customerNumber: "T-2" });
  await star.quiet();
  const port = serveFlows(star.running.hub);
  const lookup = port.lookup({ what: "record-by-key", entity: "customer", value: "Twin Ltd" });
  await expect(lookup).rejects.toMatchObject({ code: "NAVE_RECORD_INVALID", detail: { value: "Twin Ltd" } });
  expect(await port.lookup({ what: "record-by-key", entity: "customer", value: "T-2" })).toMatchObject({
    body: { name: "Twin Ltd" },
  });
});
