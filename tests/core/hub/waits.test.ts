import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPath } from "../../../src/flows/tracking/path-on-record.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { trace } from "../../../src/telemetry/trace.ts";
import { drawFlow, writeFlows } from "../../flows/draw.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

const waitingFlow = drawFlow("waiting", {
  in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["merge"] },
  merge: { type: "merge", echoes: "end", wire: ["gather,start"] },
  gather: {
    type: "collect",
    key: '"all"',
    first: "2 s",
    most: "100",
    wire: ["told", "told"],
  },
  told: {
    type: "reject",
    reason: "{{nave.waited.count}} collected by {{nave.waited.endedBy}}",
    owner: "sales",
  },
  start: {
    type: "deadline",
    mode: "start",
    deadline: "call",
    key: "payload.name",
    dueType: "duration",
    due: "2 s",
    wire: ["", "late"],
  },
  late: { type: "reject", reason: "{{payload.name}} was not called", owner: "sales" },
});

let star: Star;
let flowsDir: string;
beforeAll(async () => {
  ({ flowsDir } = await writeFlows({ waiting: waitingFlow }));
  star = await startStar({ store: "postgres", hub: { flowsDir } });
});
afterAll(async () => {
  await star?.close();
  await rm(flowsDir, { recursive: true, force: true });
});

const insert = (displayName: string) =>
  star.crm.insert("customer", { displayName, type: "COMPANY", customerNumber: displayName });
const openWaits = async () => {
  const [row] = await star.running.hub.db.query<{ count: number }>(
    "select count(*)::int as count from nave.wait where state = 'open'",
  );
  return row?.count;
};
const reasons = async () =>
  (await listDeadLetters(star.running.hub.db, 100))
    .map(({ text }) => text.replace(/^customer \S+: /, ""))
    .sort();

test("a window and deadlines that fall due while the hub is down end once it is up again, once each", async () => {
  await Promise.all([insert("Ada"), insert("Bo")]);
  await until("both wait", async () => (await openWaits()) === 3);
  const [row] = await star.running.hub.db.query<{ due: Date }>("select max(due_at) as due from nave.wait");
  await star.stopHub();
  await until("they have fallen due", () => Date.now() > (row?.due.getTime() ?? 0));
  await star.startHub();
  await until("all have ended", async () => (await openWaits()) === 0);
  const expected = ["2 collected by window", "Ada was not called", "Bo was not called"];
  await until("all are told", async () => (await reasons()).length >= 3);
  await star.quiet();
  expect(await reasons()).toEqual(expected);
});

test("a trace tells the whole story: what was seen, what it waited for, where it went on", async () => {
  const { hops } = await trace(star.running.hub, "Ada");
  const told = hops.map(({ step, text }) => `${step}: ${text}`).join("\n");
  expect(told).toMatch(
    /accepted: .*\n(.*\n)*waiting: waits for others at collect "gather" \(waiting\.gather\)/,
  );
  expect(told).toMatch(/waiting: waits for deadline "start" .* to be met under key call\/Ada, until 2/);
  expect(told).toMatch(/resumed: goes on at deadline "start" .*: not met under key call\/Ada by 2/);
  expect(told).toMatch(/rejected: .*Ada was not called/);
  expect(told).toMatch(/resumed: goes on at collect .*: 2 collected under key all, its time is over/);
  expect(told).not.toContain("Bo was not called");
});

const drawn = async (disabled: boolean) => {
  await star.stopHub();
  const nodes = waitingFlow.map((node) => (node.type === "tab" ? { ...node, disabled } : node));
  await writeFile(join(flowsDir, "waiting", "flow.json"), JSON.stringify(nodes));
  await star.startHub();
};
const toldOf = async (name: string) => (await reasons()).filter((reason) => reason.includes(name));

test("the way of a message is on record as it ended, and the way of what went on from the node that waited", async () => {
  const { hub } = star.running;
  const { hops } = await trace(hub, "Ada");
  const wayOf = async (step: string) => {
    const messageId =
      hops
        .findLast((hop) => hop.step === step)
        ?.canvas?.split("/")
        .at(-1) ?? "";
    return (await readPath(hub.db, messageId))?.path;
  };
  expect(await wayOf("passed")).toMatchObject({
    nodes: ["waiting.in", "waiting.merge", "waiting.gather", "waiting.start"],
    copies: [1, 1, 1, 1],
    outcome: "passed",
    waitsAt: [],
  });
  const rejected = await wayOf("rejected");
  expect(rejected).toMatchObject({ outcome: "rejected", copies: [1, 1] });
  expect([
    ["waiting.start", "waiting.late"],
    ["waiting.gather", "waiting.told"],
  ]).toContainEqual(rejected?.nodes);
  expect(await readPath(hub.db, randomUUID())).toBeUndefined();
});

test("what waits while its flow is disabled, and every worker starts anew, goes on in the version in which it waited", async () => {
  await insert("Cy");
  await until("it waits", async () => (await openWaits()) === 2);
  const passed = async () => (await trace(star.running.hub, "Cy")).hops.find(({ step }) => step === "passed");
  await until("it is settled", async () => (await passed()) !== undefined);
  const messageId = (await passed())?.canvas?.split("/").at(-1) ?? "";
  const waitsAt = (await readPath(star.running.hub.db, messageId))?.path?.waitsAt;
  expect(waitsAt?.toSorted()).toEqual(["waiting.gather", "waiting.start"]);
  await drawn(true);
  await until("it has gone on", async () => (await toldOf("Cy")).length > 0);
  expect(await toldOf("Cy")).toEqual(["Cy was not called"]);
  await until("nothing waits", async () => (await openWaits()) === 0);
  await drawn(false);
});

test("what goes on where its version is not known, and its flow is disabled, is a dead letter that names the place, and goes on when the flow is back", async () => {
  await insert("Di");
  await until("it waits", async () => (await openWaits()) === 2);
  // As a wait was put on record before versions were.
  await star.running.hub.db.query("update nave.wait set flow_version = '0123456789ab' where state = 'open'");
  await drawn(true);
  const held = async () =>
    (await listDeadLetters(star.running.hub.db, 100)).filter(({ code }) => code === "NAVE_FLOW_MISSING");
  await until("both are held", async () => (await held()).length === 2);
  for (const { text } of await held())
    expect(text).toMatch(
      /goes on from node waiting\.\S+ .*of flow waiting, where it waited at version 0123456789ab/,
    );
  await drawn(false);
  await until("they have gone on", async () => (await toldOf("Di")).length > 0);
  await until("nothing is held", async () => (await held()).length === 0);
  await star.quiet();
  expect(await toldOf("Di")).toEqual(["Di was not called"]);
});
