import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { retryDeadLetter } from "../../../src/receive/dead-letter-actions.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { drawFlow, functionNode, writeFlows } from "../../flows/draw.ts";
import { until } from "../../services/until.ts";
import { deployElsewhere } from "./deploy-elsewhere.ts";
import { type Star, startStar } from "./star.ts";

const enter = (entity: string, wire: string) => ({
  in: { type: "record in", entity, kind: "observed", system: "crm", wire: ["merge"] },
  merge: { type: "merge", echoes: "end", wire: [wire] },
});
const rejecting = (reason: string) =>
  drawFlow("told", { ...enter("customer", "no"), no: { type: "reject", reason, owner: "sales" } });
const failing = drawFlow("told", {
  ...enter("customer", "bad"),
  bad: functionNode("throw new Error('v1');", [""]),
});
const passing = (entity: string, tab: string) =>
  drawFlow(tab, {
    ...enter(entity, "tell"),
    tell: { type: "notify", way: "console", to: "sales", subject: "{{payload.name}}", text: "" },
  });

let star: Star;
let flowsDir: string;
beforeAll(async () => {
  ({ flowsDir } = await writeFlows({ told: rejecting("v1") }));
  star = await startStar({ store: "postgres", hub: { flowsDir, maxAttempts: 3 } });
});
afterAll(async () => {
  await star?.close();
  await rm(flowsDir, { recursive: true, force: true });
});

const insert = (displayName: string) =>
  star.crm.insert("customer", { displayName, type: "COMPANY", customerNumber: displayName });
const db = () => star.running.hub.db;
const letters = async () => (await listDeadLetters(db(), 100)).filter(({ state }) => state === "open");
const told = async () =>
  (await db().query<{ subject: string }>("select subject from nave.notification order by subject")).map(
    ({ subject }) => subject,
  );

test("what failed in one version, and is retried by a person after a correction, goes through the corrected one", async () => {
  await insert("Ada");
  await until("it is parked", async () => (await letters()).length === 1);
  await deployElsewhere(db(), [passing("customer", "told")]);
  const [letter] = await letters();
  expect(letter?.text).toContain("v1");
  await retryDeadLetter(star.running.hub, letter?.id ?? "", "ann");
  await until("it has gone through", async () => (await told()).includes("Ada"));
  expect(await letters()).toEqual([]);
});

test("what the hub retries by itself stays on its version; the dead letter names flow, node and version", async () => {
  await deployElsewhere(db(), [failing]);
  await insert("Bo");
  const failed = async () =>
    (await db().query("select 1 from nave.message where state = 'accepted' and attempts > 0")).length;
  await until("it has failed once", async () => (await failed()) === 1);
  await deployElsewhere(db(), [passing("customer", "told")]);
  await insert("Cy");
  await until("the next goes through the newest", async () => (await told()).includes("Cy"));
  await until("it is parked", async () => (await letters()).length === 1);
  const [row] = await db().query<{ text: string }>(
    "select text from nave.hop where step = 'retry' order by id desc limit 1",
  );
  expect(row?.text).toMatch(/\(in flow told\/bad, older version [0-9a-f]{12}\)/);
  expect(await told()).toEqual(["Ada", "Cy"]);
});

test("what no live flow takes is held, and goes through the first that does", async () => {
  await deployElsewhere(db(), []);
  await insert("Di");
  const held = async () =>
    (await db().query("select 1 from nave.message where error->>'code' = 'NAVE_FLOW_AWAY'")).length;
  await until("it is held", async () => (await held()) === 1);
  await deployElsewhere(db(), [passing("customer", "told")]);
  await until("it has gone through", async () => (await told()).includes("Di"), 30_000);
});
