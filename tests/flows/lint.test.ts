import { expect, test } from "vitest";
import { describeProblem, lintFlow } from "../../src/flows/lint/lint.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";

const node = (type: string, properties: Record<string, unknown>): NodeConfig => ({
  id: "n1",
  name: "it",
  type,
  z: "f",
  ...properties,
});
const delay = (properties: Record<string, unknown>) =>
  node("delay", { pauseType: "delay", outputs: 1, ...properties });
const tab: NodeConfig = { id: "f", type: "tab", label: "f" };
const collect = (properties: Record<string, unknown>) =>
  node("collect", { key: "payload.number", count: "2", wires: [["a"], ["b"]], ...properties });
const deadline = (properties: Record<string, unknown>) =>
  node("deadline", {
    mode: "start",
    deadline: "answer",
    key: "payload.number",
    due: "2 h",
    wires: [["a"], ["b"]],
    ...properties,
  });
const findings = (one: NodeConfig) =>
  lintFlow([tab, one], () => true).map((found) => describeProblem("f", found));

test.each([
  ["a split that keeps a remainder", node("split", { stream: true }), "keeps the end of one message"],
  [
    "a switch that rebuilds sequences",
    node("switch", { repair: true, rules: [] }),
    "keeps messages while it rebuilds",
  ],
  [
    "a switch by JSONata",
    node("switch", { propertyType: "jsonata", rules: [] }),
    "use a route node by expression",
  ],
  [
    "a switch with a JSONata rule",
    node("switch", { rules: [{ t: "jsonata_exp", v: "true" }] }),
    "use a route node",
  ],
  ["a delay of a minute", delay({ timeout: "1", timeoutUnits: "minutes" }), "waits longer than 30 s"],
  [
    "a random delay up to 40 s",
    delay({ pauseType: "random", randomLast: "40", randomUnits: "seconds" }),
    "waits longer",
  ],
  ["a rate limit that drops", delay({ pauseType: "rate", drop: true }), "drops messages that come too fast"],
  [
    "a function that sends from a timer",
    node("function", { func: "setTimeout(() => node.send(msg), 5)" }),
    "call node.done()",
  ],
  [
    "a function with modules",
    node("function", { func: "return msg", libs: [{ var: "x", module: "x" }] }),
    "loads external modules",
  ],
  ["a batch with overlap", node("batch", { overlap: "1" }), "keeps messages for the next group"],
  ["a trigger", node("trigger", {}), "before it sends its second message"],
  ["a filter", node("rbe", {}), "the retry of a failed message would be dropped"],
  ["a record in without entity", node("record in", { entity: "" }), "takes no entity"],
  ["a record out to no system", node("record out", { to: "system", system: "" }), "names no system"],
  ["a reject without owner", node("reject", { owner: "" }), "names no owner"],
  ["a collect that nothing completes", collect({ count: "" }), "would collect for ever"],
  ["a collect without a key", collect({ key: "" }), "no expression as key"],
  ["a collect whose expression is wrong", collect({ expression: "1 +" }), "cannot be read"],
  ["a collect that drops what is incomplete", collect({ wires: [["a"], []] }), "wire its second output"],
  ["a deadline without a name", deadline({ deadline: "" }), "which deadline"],
  ["a deadline that nobody hears of", deadline({ wires: [["a"]] }), "sends what is missed nowhere"],
  ["a schedule in no zone", node("schedule", { cron: "0 8 * * *", zone: "" }), "IANA time zone"],
])("refuses %s, naming node and remedy", (_case, drawn, text) => {
  expect(findings(drawn)).toEqual([expect.stringContaining(text)]);
  expect(findings(drawn)[0]).toContain(`flow f: ${drawn.type} "it" (n1) `);
  expect(findings({ ...drawn, d: true })).toEqual([]);
});

test.each([
  ["a delay of 30 s", delay({ timeout: "30", timeoutUnits: "seconds" })],
  ["an old delay in seconds", delay({ timeout: "5", timeoutUnits: "second" })],
  ["a rate limit with a second output", delay({ pauseType: "rate", drop: true, outputs: 2 })],
  ["a rate limit that queues", delay({ pauseType: "rate", drop: false })],
  [
    "a function that says done",
    node("function", { func: "setTimeout(() => { node.send(msg); node.done(); }, 5)" }),
  ],
  [
    "a function with a timer in a comment",
    node("function", { func: "// setTimeout( node.send(\nreturn msg;" }),
  ],
  ["a collect", collect({})],
  ["a deadline", deadline({})],
  ["a collect in a subflow", collect({ z: "subflow", wires: [[], []] })],
  ["what meets a deadline", deadline({ mode: "meet", due: "", wires: [[]] })],
  ["a schedule", node("schedule", { by: "interval", interval: "5 min" })],
  ["a switch by property", node("switch", { propertyType: "msg", rules: [{ t: "eq", v: "x", vt: "str" }] })],
])("lets %s pass", (_case, drawn) => {
  expect(findings(drawn)).toEqual([]);
});
