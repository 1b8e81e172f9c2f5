import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { describeCases, describeFailure } from "../../src/flows/cases/report.ts";
import { runFlowCases } from "../../src/flows/cases/run-cases.ts";
import type { CaseReport } from "../../src/flows/cases/types.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { drawBetween, drawFlow, functionNode, writeFlows } from "./draw.ts";

const GIVEN = { systems: { crm: { takes: ["customer"] }, erp: { takes: ["customer"] } } };
const ADA = { name: "Ada" };
const observed = (body: object = ADA, more: object = {}) => ({
  observed: { entity: "customer", system: "crm", localId: "1", body, ...more },
});
const toAll = { wishes: [{ system: ["crm", "erp"], body: ADA }] };

/** The record in, merge and record out of customers, with these nodes between. */
const customers = (nodes: Parameters<typeof drawBetween>[1] = {}) => drawBetween("customer", nodes);

/** Runs one flow with one case; a text is the case's file as it is. */
async function runCase(flow: NodeConfig[], content: object | string): Promise<CaseReport> {
  const { flowsDir, userDir } = await writeFlows({ customer: flow });
  await write(join(flowsDir, "customer/cases/one.yaml"), content);
  const [report] = await runFlowCases({ flowsDir, paletteDir: userDir });
  const [one] = report?.cases ?? [];
  if (one === undefined) throw new Error("the case was not run");
  return one;
}

async function write(file: string, content: object | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : stringify(content));
}

const steps = (...all: object[]) => ({ title: "it", given: GIVEN, steps: all });

test("a case that is met passes, and says nothing", async () => {
  const one = await runCase(customers(), steps({ ...observed(), expect: toAll }));
  expect(one).toEqual({ file: "customer/cases/one.yaml", title: "it", passed: true, misses: [], log: [] });
  expect(describeFailure(one)).toEqual([]);
});

test("a wish that is not as expected shows what comes nearest, and where it differs", async () => {
  const flow = customers({ change: functionNode("msg.payload.name = 'Bob'; return msg;", ["out"]) });
  const expected = {
    wishes: [
      { system: "crm", body: { name: "Bob" } },
      { system: "erp", body: ADA },
    ],
  };
  const one = await runCase(flow, steps({ ...observed(), expect: expected }));
  expect(one.passed).toBe(false);
  expect(describeFailure(one)).toEqual([
    'step 1: a wish is not as expected: {"action":"hold","system":"erp","body":{"name":"Ada"}}',
    "  the nearest:",
    '    body.name: expected "Ada", there is "Bob"',
  ]);
});

test("what nobody expected is a failure, and so is what did not come", async () => {
  const one = await runCase(
    customers(),
    steps({ ...observed(), expect: { rejections: [{ owner: "sales" }] } }),
  );
  expect(describeFailure(one)).toEqual([
    expect.stringMatching(/^step 1: a wish that nobody expected: .*"system":"crm"/),
    expect.stringMatching(/^step 1: a wish that nobody expected: .*"system":"erp"/),
    'step 1: a rejection was expected, and there is none: {"owner":"sales"}',
  ]);
});

test.each([
  ["a part of the body", { body: { name: "Ada" } }, []],
  ["the body as a whole", { body: { name: "Ada" }, exact: true }, ["body.language"]],
  ["a property that must not be there", { body: { language: null } }, ["body.language"]],
  ["another action", { action: "archive" }, ["action"]],
  ["a shorter list", { body: { addresses: [] } }, ["body.addresses[0]"]],
])("an expectation can be %s", async (_what, wish, differing) => {
  const body = { name: "Ada", language: "en", addresses: [{ key: "home", city: "London", country: "GB" }] };
  const given = { systems: { erp: { takes: ["customer"] } } };
  const expected = { wishes: [{ system: "erp", ...wish }] };
  const one = await runCase(customers(), {
    title: "it",
    given,
    steps: [{ ...observed(body), expect: expected }],
  });
  const paths = one.misses.flatMap((miss) => miss.differences.map(({ path }) => path));
  expect(paths.filter((path) => differing.includes(path as never))).toEqual(differing);
  expect(one.passed).toBe(differing.length === 0);
});

test("each expectation needs an effect of its own, whichever of them comes first", async () => {
  const wishes = [{ system: ["crm", "erp"] }];
  const either = await runCase(customers(), steps({ ...observed(), expect: { wishes } }));
  expect(either.passed).toBe(true);
  const twice = { wishes: [{ system: "erp" }, { system: "erp", body: ADA }] };
  expect((await runCase(customers(), steps({ ...observed(), expect: twice }))).passed).toBe(false);
});

test("a rejection is compared by reason and owner", async () => {
  const flow = customers({ no: { type: "reject", reason: "{{payload.name}} again", owner: "sales" } });
  const reject = (text: string) =>
    steps({ ...observed(), expect: { rejections: [{ text, owner: "sales" }] } });
  expect(await runCase(flow, reject("Ada again"))).toMatchObject({ passed: true });
  expect(describeFailure(await runCase(flow, reject("Bob again")))).toContain(
    '    text: expected "Bob again", there is "Ada again"',
  );
});

test("a failure is compared by code, node and text, and the message is not settled", async () => {
  const flow = customers({ check: functionNode("throw new Error('no price')", ["out"]) });
  const failures = [{ code: "NAVE_FLOW_FAILED", node: "check", text: "Error: no price" }];
  const one = await runCase(flow, steps({ ...observed(), expect: { failures, settled: false } }));
  expect(describeFailure(one)).toEqual([]);
  const settled = await runCase(flow, steps({ ...observed(), expect: { failures, settled: true } }));
  expect(describeFailure(settled)).toEqual(["step 1: expected to be settled, and is not"]);
});

test("a wish for a system that does not take the entity fails, as in a hub", async () => {
  const flow = customers({});
  const out = flow.map((node) =>
    node.type === "record out" ? { ...node, to: "system", system: "shop" } : node,
  );
  const failures = [{ code: "NAVE_NOT_SUPPORTED", node: "out", text: "shop does not take customer records" }];
  expect(describeFailure(await runCase(out, steps({ ...observed(), expect: { failures } })))).toEqual([]);
});

test("a derived record that its schema refuses fails, as in a hub", async () => {
  const flow = customers({
    build: functionNode("msg.payload = { number: 'PO-1' }; return msg;", ["derive"]),
    derive: { type: "derive", entity: "purchase-order", key: "nave.canonicalId" },
  });
  const failures = [{ code: "NAVE_RECORD_INVALID", node: "derive" }];
  expect(describeFailure(await runCase(flow, steps({ ...observed(), expect: { failures } })))).toEqual([]);
});

test("a message that the flow does not take fails instead of passing unseen", async () => {
  const flow = customers().map((node) => (node.type === "record in" ? { ...node, system: "shop" } : node));
  const one = await runCase(flow, steps({ ...observed(), expect: { settled: true } }));
  expect(describeFailure(one).join("\n")).toContain("no live flow takes observed customer messages from crm");
});

test("a flow that goes round in a circle is stopped", async () => {
  const flow = drawFlow("customer", {
    in: { type: "record in", entity: "customer", kind: "changed", system: "", wire: ["next"] },
    next: functionNode("msg.payload.name += '!'; return msg;", ["derive"]),
    derive: { type: "derive", entity: "customer", key: "payload.name" },
  });
  const changed = { changed: { entity: "customer", canonicalId: "c", body: ADA }, expect: {} };
  expect(describeFailure(await runCase(flow, steps(changed)))[0]).toContain("goes round in a circle");
});

test("no case sees what another has left in the memory of a node, and messages have the same ids in every run", async () => {
  const counting = functionNode(
    "const n = (context.get('n') ?? 0) + 1; context.set('n', n); msg.payload.name += n + msg.nave.messageId; return msg;",
    ["out"],
  );
  const { flowsDir } = await writeFlows({ customer: customers({ counting }) });
  const wishes = [{ system: ["crm", "erp"], body: { name: "Ada1message-1" } }];
  for (const name of ["a", "b"])
    await write(join(flowsDir, `customer/cases/${name}.yaml`), steps({ ...observed(), expect: { wishes } }));
  const [report] = await runFlowCases({ flowsDir });
  expect(report?.cases.map((one) => one.passed)).toEqual([true, true]);
});

test("a draft is run as if it were live", async () => {
  const draft = customers().map((node) => (node.type === "tab" ? { ...node, disabled: true } : node));
  expect(await runCase(draft, steps({ ...observed(), expect: toAll }))).toMatchObject({ passed: true });
});

test("a flow is run alone, but for what its link nodes lead to", async () => {
  const { flowsDir } = await writeFlows({
    customer: drawFlow("customer", {
      in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["merge"] },
      merge: { type: "merge", echoes: "end", wire: ["away"] },
      away: { type: "link out", mode: "link", links: ["far.come"] },
    }),
    far: drawFlow("far", {
      in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["spoil"] },
      spoil: { type: "reject", reason: "not for me", owner: "nobody" },
      come: { type: "link in", links: ["customer.away"], wire: ["out"] },
      out: { type: "record out", to: "all", system: "" },
    }),
    stranger: drawFlow("stranger", {
      in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["spoil"] },
      spoil: { type: "reject", reason: "not for me", owner: "nobody" },
    }),
  });
  await write(join(flowsDir, "customer/cases/one.yaml"), steps({ ...observed(), expect: toAll }));
  const [report] = await runFlowCases({ flowsDir, only: ["customer"] });
  expect(report?.cases.flatMap(describeFailure)).toEqual([]);
});

test("nodes that were installed by hand are there, and found out when they never say that they have finished", async () => {
  const flow = customers({ legacy: { type: "legacy sync", wire: ["out"] } });
  const one = await runCase(flow, steps({ ...observed(), expect: toAll }));
  expect(one.problem).toMatch(/the hub refuses the flow: .*legacy sync .*never says when it has finished/);
});

const BROKEN: [string, object | string, RegExp][] = [
  ["no YAML", "title: [", /one\.yaml: .*at line 1/],
  [
    "an unknown key",
    { ...steps(observed()), stepps: [] },
    /the file has no key "stepps"; it accepts title, given, steps/,
  ],
  ["no title", { steps: [observed()] }, /the file lacks the key "title"/],
  [
    "an unknown key deep inside",
    steps({ ...observed(ADA, { localID: "1" }), expect: {} }),
    /steps\.0\.observed has no key "localID"; it accepts entity, system, localId, body, like, deleted/,
  ],
  [
    "an unknown entity",
    steps({ observed: { entity: "client", system: "crm", localId: "1", body: ADA } }),
    /steps\.0\.observed\.entity is "client"; it accepts customer,/,
  ],
  [
    "an unknown entity that a system takes",
    { ...steps({ ...observed(), expect: {} }), given: { systems: { crm: { takes: ["client"] } } } },
    /given\.systems\.crm\.takes\.0 is "client"; it accepts/,
  ],
  [
    "a step in which nothing happens",
    steps({ expect: {} }),
    /steps\.0 has nothing that happens; it accepts exactly one of observed, changed, rerun/,
  ],
  [
    "a step in which two things happen",
    steps({ ...observed(), rerun: { entity: "customer", canonicalId: "c" } }),
    /steps\.0 has observed and rerun; it accepts exactly one/,
  ],
  [
    "a record that its schema refuses",
    steps({ ...observed({ nme: "Ada" }), expect: {} }),
    /steps\.0\.observed is no valid customer: .*name is missing/,
  ],
  [
    "a record from a file that is not there",
    steps({ observed: { entity: "customer", system: "crm", localId: "1", like: "no.yaml" } }),
    /steps\.0\.observed\.like: .*no\.yaml cannot be read/,
  ],
  [
    "no record",
    steps({ observed: { entity: "customer", system: "crm", localId: "1" } }),
    /steps\.0\.observed lacks the key "body"; it accepts body, like or deleted: true/,
  ],
  [
    "an unknown error",
    steps({ ...observed(), merge: { fails: "NAVE_NONE" } }),
    /steps\.0\.merge\.fails is "NAVE_NONE"; it accepts NAVE_SYSTEM_UNAVAILABLE,/,
  ],
  ["nothing expected", steps(observed()), /no step expects anything/],
  [
    "a record that nobody gave",
    steps({ rerun: { entity: "customer", canonicalId: "c" }, expect: {} }),
    /there is no customer c; accepted: one of given\.records/,
  ],
];
test.each(BROKEN)("a case with %s says so, with file and key", async (_what, content, text) => {
  const one = await runCase(customers(), content);
  expect(one.passed).toBe(false);
  expect(one.problem).toMatch(text);
});

test("all is told in the end: cases that passed, that failed, and flows without", async () => {
  const { flowsDir } = await writeFlows({ customer: customers(), other: drawFlow("other", {}) });
  await write(join(flowsDir, "customer/cases/good.yaml"), steps({ ...observed(), expect: toAll }));
  await write(join(flowsDir, "customer/cases/late.yml"), {
    ...steps({ ...observed(), expect: {} }),
    title: "nothing",
  });
  await write(join(flowsDir, "customer/cases/records/ada.yaml"), ADA);
  expect(describeCases(await runFlowCases({ flowsDir }))).toEqual([
    "customer",
    "  ok    it",
    "  FAIL  nothing (customer/cases/late.yml)",
    expect.stringContaining("a wish that nobody expected"),
    expect.stringContaining("a wish that nobody expected"),
    "other: no cases",
    "",
    "2 cases, 1 failed; 1 flow without cases",
  ]);
});

test("a name that no flow has is refused with those that there are", async () => {
  const { flowsDir } = await writeFlows({ customer: customers() });
  await expect(runFlowCases({ flowsDir, only: ["custmer"] })).rejects.toMatchObject({
    message: 'there is no flow "custmer"',
    detail: { accepts: "customer" },
  });
});

test("the folder of flows is left as it was", async () => {
  const { flowsDir } = await writeFlows({ customer: customers() });
  await write(join(flowsDir, "customer/cases/good.yaml"), steps({ ...observed(), expect: toAll }));
  const file = join(flowsDir, "customer/flow.json");
  const before = [await readdir(flowsDir, { recursive: true }), await readFile(file, "utf8")];
  await runFlowCases({ flowsDir });
  expect([await readdir(flowsDir, { recursive: true }), await readFile(file, "utf8")]).toEqual(before);
});
