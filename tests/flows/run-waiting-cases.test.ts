import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { describeFailure } from "../../src/flows/cases/report.ts";
import { runFlowCases } from "../../src/flows/cases/run-cases.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { drawBetween, drawFlow, functionNode, writeFlows } from "./draw.ts";

type Nodes = Parameters<typeof drawBetween>[1];

const GIVEN = { systems: { crm: { takes: ["customer"] } } };
const seen = (name: string, localId = name) => ({
  observed: { entity: "customer", system: "crm", localId, body: { name } },
});
const wish = (name: string) => ({ system: "crm", body: { name } });
const reject = (reason: string) => ({ type: "reject", reason, owner: "sales" });
const rejected = (text: string) => ({ rejections: [{ text, owner: "sales" }] });

/** What is missing, in words; empty: the case passed. */
async function failureOf(flow: NodeConfig[], steps: object[], given: object = {}): Promise<string> {
  const { flowsDir, userDir } = await writeFlows({ customer: flow });
  await mkdir(join(flowsDir, "customer/cases"), { recursive: true });
  const content = stringify({ title: "it", given: { ...GIVEN, ...given }, steps });
  await writeFile(join(flowsDir, "customer/cases/one.yaml"), content);
  const [report] = await runFlowCases({ flowsDir, paletteDir: userDir });
  const [one] = report?.cases ?? [];
  if (one === undefined) throw new Error("the case was not run");
  return describeFailure(one).join("\n");
}
const customers = (nodes: Nodes) => drawBetween("customer", nodes);

const deadline = customers({
  start: {
    type: "deadline",
    mode: "start",
    deadline: "call",
    key: "payload.name",
    due: "2 d",
    dueType: "duration",
    wire: ["", "late"],
  },
  late: reject("{{payload.name}} was not called, due {{nave.waited.due}}"),
});
const started = {
  waits: [{ kind: "deadline", node: "start", key: "call/Ada", due: "2026-05-03T08:00:00.000Z" }],
};

test("a deadline is missed when time has passed, not before", async () => {
  const steps = [
    { ...seen("Ada"), expect: { ...started, settled: true } },
    { after: "47 h", expect: { settled: true } },
    { after: "1 h", expect: rejected("Ada was not called, due 2026-05-03T08:00:00.000Z") },
    { after: "9 w", expect: { settled: true } },
  ];
  expect(await failureOf(deadline, steps, { now: "2026-05-01T08:00:00Z" })).toBe("");
});

test("what goes on otherwise than the case says is told", async () => {
  expect(await failureOf(deadline, [{ ...seen("Ada"), expect: { settled: true } }])).toBe(
    'step 1: a wait that nobody expected: {"kind":"deadline","node":"start","key":"call/Ada","due":"2026-01-03T00:00:00.000Z"}',
  );
  const early = [{ ...seen("Ada") }, { after: "1 d", expect: rejected("Ada was not called") }];
  expect(await failureOf(deadline, early)).toContain("step 2: a rejection was expected, and there is none");
});

test("a collection ends by its count, and by its time", async () => {
  const flow = customers({
    gather: { type: "collect", key: '"all"', count: "2", first: "1 h", most: "10", wire: ["told", "told"] },
    told: reject("{{nave.waited.count}} by {{nave.waited.endedBy}}"),
  });
  const waits = [{ kind: "collect", key: "all" }];
  const steps = [
    { ...seen("Ada"), expect: { waits, settled: true } },
    { ...seen("Bo"), expect: { waits, ...rejected("2 by count") } },
    { ...seen("Cy"), expect: { waits } },
    { after: "1 h", expect: rejected("1 by window") },
  ];
  expect(await failureOf(flow, steps)).toBe("");
});

const approve = (more: object = {}) =>
  customers({
    ask: {
      type: "approve",
      question: "Credit for {{payload.name}}?",
      candidates: "kim, lee",
      mode: "any",
      due: "1 d",
      dueType: "duration",
      escalateTo: "role:admin",
      escalateDue: "1 d",
      escalateDueType: "duration",
      form: JSON.stringify({ properties: { limit: { type: "number" } }, required: ["limit"] }),
      wire: ["yes", "no", "late"],
      ...more,
    },
    yes: functionNode("msg.payload.name += ' ' + msg.approval.values.limit; return msg;", ["out"]),
    no: reject("{{approval.by}}: {{approval.comment}}"),
    late: reject("nobody has decided about {{payload.name}}"),
  });
const asked = { waits: [{ kind: "approve", question: "Credit for Ada?", candidates: ["kim", "lee"] }] };

test("a question is approved, rejected, or expires after its escalation", async () => {
  const approved = { decided: { by: "kim", decision: "approved", values: { limit: 500 } } };
  const refused = { decided: { by: "lee", decision: "rejected", comment: "no" } };
  const flow = approve();
  expect(
    await failureOf(flow, [
      { ...seen("Ada"), expect: asked },
      { ...approved, expect: { wishes: [wish("Ada 500")] } },
    ]),
  ).toBe("");
  expect(await failureOf(flow, [seen("Ada"), { ...refused, expect: rejected("lee: no") }])).toBe("");
  const escalated = [
    seen("Ada"),
    { after: "1 d", expect: { settled: true } },
    { after: "1 d", expect: rejected("nobody has decided about Ada") },
  ];
  expect(await failureOf(flow, escalated)).toBe("");
  const byOthers = { decided: { by: "ada", role: "admin", decision: "rejected", comment: "no" } };
  expect(
    await failureOf(flow, [seen("Ada"), { after: "1 d" }, { ...byOthers, expect: rejected("ada: no") }]),
  ).toBe("");
});

test("all of them decide, and which question is meant is said where there are several", async () => {
  const steps = [
    seen("Ada"),
    seen("Bo"),
    {
      decided: { question: "Credit for Ada?", by: "kim", decision: "approved", values: { limit: 1 } },
      expect: { settled: true },
    },
    {
      decided: { question: "Credit for Ada?", by: "lee", decision: "approved", values: { limit: 2 } },
      expect: { wishes: [wish("Ada 2")] },
    },
  ];
  expect(await failureOf(approve({ mode: "all" }), steps)).toBe("");
});

test.each([
  ["who is not asked", [seen("Ada")], { by: "mia", decision: "rejected" }, "mia (operator) may not answer"],
  ["when nothing is asked", [], { by: "kim", decision: "rejected" }, "0 questions are meant"],
  [
    "when several are meant",
    [seen("Ada"), seen("Bo")],
    { by: "kim", decision: "rejected" },
    "2 questions are meant",
  ],
  ["without what the form asks for", [seen("Ada")], { by: "kim", decision: "approved" }, "limit is missing"],
])("nobody decides %s", async (_case, before, decided, text) => {
  expect(await failureOf(approve(), [...before, { decided, expect: { settled: true } }])).toContain(text);
});

const calling = customers({
  check: {
    type: "call",
    system: "erp",
    operation: "creditCheck",
    args: '{ "name": payload.name }',
    to: "credit",
    wire: ["reserve", "no", "no"],
  },
  reserve: {
    type: "call",
    system: "erp",
    operation: "reserveStock",
    args: '{ "name": payload.name, "limit": credit.limit }',
    to: "reply",
    wire: ["tell", "no", "no"],
  },
  tell: {
    type: "notify",
    way: "mail",
    to: "kim@example.com",
    subject: "{{payload.name}}",
    text: "hello",
    wire: ["out"],
  },
  no: reject("{{reply.text}}"),
});
const credit = { system: "erp", query: "creditCheck", reply: { limit: 5 } };

test("systems answer as the case says; commands and notifications are expected, queries are not", async () => {
  const answers = [credit, { system: "erp", command: "reserveStock" }];
  const expected = {
    commands: [{ system: "erp", operation: "reserveStock", args: { limit: 5 } }],
    notifications: [{ way: "mail", to: ["kim@example.com"], subject: "Ada", body: "hello" }],
    wishes: [wish("Ada")],
  };
  expect(await failureOf(calling, [{ ...seen("Ada"), expect: expected }], { answers })).toBe("");
});

test("an answer of a step comes before those that are given; by arguments, refused or timed out", async () => {
  const answers = [
    credit,
    { system: "erp", command: "reserveStock", args: { name: "Bo" }, refused: "no stock for Bo" },
    { system: "erp", command: "reserveStock", timedOut: "asleep" },
  ];
  const command = { commands: [{ operation: "reserveStock" }] };
  const steps = [
    { ...seen("Bo"), expect: { ...command, ...rejected("no stock for Bo") } },
    { ...seen("Cy"), expect: { ...command, ...rejected("asleep") } },
    {
      ...seen("Di"),
      answers: [{ system: "erp", command: "reserveStock", refused: "closed" }],
      expect: { ...command, ...rejected("closed") },
    },
  ];
  expect(await failureOf(calling, steps, { answers })).toBe("");
});

test("an answer that the case does not give is named, though the flow catches the error", async () => {
  const flow = [
    ...calling,
    ...drawFlow("customer", { caught: { type: "catch", scope: null, uncaught: false, wire: ["no"] } }).slice(
      1,
    ),
  ];
  const failure = await failureOf(flow, [{ ...seen("Ada"), expect: { settled: true } }]);
  expect(failure).toContain(
    'the case gives no answer of erp to creditCheck with {"name":"Ada"}; accepted: one in given.answers',
  );
});

test("lookups find the records that are given, and what the case says", async () => {
  const lookup = (what: string, value: string, more: object = {}) => ({
    type: "lookup",
    entity: "customer",
    what,
    value,
    system: "erp",
    by: "canonical-id",
    kind: "",
    ...more,
  });
  const flow = customers({
    id: lookup("local-id", "nave.canonicalId", { to: "erpId", wire: ["live", "no"] }),
    live: lookup("live", "nave.canonicalId", { to: "live", wire: ["name", "no"] }),
    name: functionNode("msg.payload.name = msg.erpId + ' ' + msg.live.body.name; return msg;", ["out"]),
    no: reject("not there"),
  });
  const records = [
    { entity: "customer", canonicalId: "c-1", body: { name: "Old" }, localIds: { crm: "1", erp: "77" } },
  ];
  const answers = [
    { lookup: { what: "live", canonicalId: "c-1" }, found: { localId: "77", body: { name: "Live" } } },
  ];
  const step = { ...seen("Ada", "1"), expect: { wishes: [wish("77 Live")] } };
  expect(await failureOf(flow, [step], { records, answers })).toBe("");
  expect(await failureOf(flow, [step], { records })).toContain("the case gives no answer to the lookup");
  expect(await failureOf(flow, [{ ...seen("Bo"), expect: rejected("not there") }])).toBe("");
});

test("a process is undone in reverse order, each step when the one before it is settled", async () => {
  const node = (mode: string, wire: string[]) => ({
    type: "compensate",
    mode,
    process: "customer",
    key: "payload.name",
    wire,
  });
  const tell = (subject: string) => ({
    type: "notify",
    way: "console",
    to: "sales",
    subject,
    text: "",
    wire: [""],
  });
  const flow = customers({
    one: node("step", ["two", "undoOne"]),
    two: node("step", ["which", "undoTwo"]),
    which: {
      type: "route",
      by: "expression",
      expression: "payload.name = 'Bo'",
      rows: [{ value: "true" }],
      outputs: 2,
      wire: ["done", "all"],
    },
    done: node("done", ["out"]),
    all: node("all", ["undone"]),
    undoOne: tell("one"),
    undoTwo: tell("two"),
    undone: reject("undone"),
  });
  const noted = [
    { kind: "undo step", node: "one" },
    { kind: "undo step", node: "two" },
  ];
  const undone = {
    waits: [...noted, { kind: "undo all", key: "customer/Ada" }],
    notifications: [{ subject: "two" }, { subject: "one" }],
    ...rejected("undone"),
  };
  const steps = [
    { ...seen("Bo"), expect: { waits: noted, wishes: [wish("Bo")] } },
    { ...seen("Ada"), expect: undone },
  ];
  expect(await failureOf(flow, steps)).toBe("");
});

test("a schedule fires when its time comes; one that fires too often for a case says so", async () => {
  const flow = (interval: string) => [
    ...customers({}),
    ...drawFlow("customer", {
      daily: { type: "schedule", by: "interval", interval, missed: "once", wire: ["told"] },
      told: reject("due {{payload.due}}"),
    }).slice(1),
  ];
  const steps = [{ after: "1 d", expect: rejected("due 2026-01-02T00:00:00.000Z") }];
  expect(await failureOf(flow("1 d"), steps)).toBe("");
  expect(await failureOf(flow("1 min"), steps)).toContain("a schedule in it is due too often");
});

test.each([
  [{ after: "2 days" }, 'steps.0.after is "2 days"; it accepts a number with its unit'],
  [{ after: "1 d", ...seen("Ada") }, "steps.0 has observed and after; it accepts exactly one of"],
  [{ decided: { by: "kim" } }, 'lacks the key "decision"'],
  [
    { after: "1 d", answers: [{ system: "erp" }] },
    "steps.0.answers.0 has no question; it accepts exactly one of",
  ],
  [{ after: "1 d", answers: [{ query: "q" }] }, 'steps.0.answers.0 lacks the key "system"'],
  [
    { after: "1 d", answers: [{ lookup: {}, reply: {} }] },
    'steps.0.answers.0 has "reply"; beside lookup it accepts found',
  ],
])("a step %j is refused, with what is accepted", async (step, text) => {
  expect(await failureOf(deadline, [{ ...step, expect: { settled: true } }])).toContain(text);
});

test("a clock that shows nothing is refused", async () => {
  const failure = await failureOf(deadline, [{ after: "1 d", expect: { settled: true } }], { now: "today" });
  expect(failure).toContain('given.now is "today"; it accepts an instant such as');
});
