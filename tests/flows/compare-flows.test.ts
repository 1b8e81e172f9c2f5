import { expect, test } from "vitest";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { compareFlows } from "../../src/flows/versions/compare-flows.ts";
import { describeDifference } from "../../src/flows/versions/describe-difference.ts";
import { drawBetween, functionNode } from "./draw.ts";

const nodes = {
  check: {
    type: "route",
    by: "property",
    property: "payload.kind",
    expression: "",
    rows: [{ value: "a" }, { value: "b" }],
    wire: ["out", "out", ""],
  },
  mark: functionNode("const a = 1;\nmsg.payload.a = a;\nreturn msg;", ["out"]),
};
const flow = drawBetween("customer", nodes);
const edit = (id: string, change: Partial<NodeConfig>) =>
  flow.map((node) => (node.id === `customer.${id}` ? { ...node, ...change } : node));

const SAME = {
  behaves: false,
  added: [],
  removed: [],
  changed: [],
  wired: [],
  unwired: [],
  redrawn: [],
};
const route = { id: "customer.check", type: "route", name: "check" };
const mark = { id: "customer.mark", type: "function", name: "mark" };
const out = { id: "customer.out", type: "record out", name: "out" };

test("a flow is the same as itself, in whatever order its nodes come", () => {
  expect(compareFlows(flow, [...flow].reverse())).toEqual(SAME);
});

test("a node that stands elsewhere is redrawn, and does the same", () => {
  expect(compareFlows(flow, edit("mark", { x: 999 }))).toEqual({ ...SAME, redrawn: [mark] });
});

test("a comment is no behaviour", () => {
  const comment = { id: "customer.why", type: "comment", z: "customer", name: "why", wires: [] };
  expect(compareFlows(flow, [...flow, comment])).toEqual({
    ...SAME,
    added: [{ id: "customer.why", type: "comment", name: "why" }],
  });
});

test("changes are told by property, at the deepest level", () => {
  const changed = edit("check", {
    property: "payload.country",
    rows: [{ value: "a" }, { value: "c" }, { value: "d" }],
  });
  expect(compareFlows(flow, changed)).toEqual({
    ...SAME,
    behaves: true,
    changed: [
      {
        ...route,
        properties: [
          { path: "property", before: "payload.kind", after: "payload.country" },
          { path: "rows[1].value", before: "b", after: "c" },
          { path: "rows[2]", after: { value: "d" } },
        ],
      },
    ],
  });
});

test("wires are told with both ends and the output", () => {
  const rewired = edit("check", { wires: [["customer.out"], ["customer.mark"], []] });
  expect(compareFlows(flow, rewired)).toEqual({
    ...SAME,
    behaves: true,
    wired: [{ from: route, output: 2, to: mark }],
    unwired: [{ from: route, output: 2, to: out }],
  });
});

test("nodes that came and went take their wires along", () => {
  const without = flow.filter((node) => node.id !== mark.id);
  const gone = compareFlows(flow, without);
  expect(gone).toEqual({
    ...SAME,
    behaves: true,
    removed: [mark],
    unwired: [{ from: mark, output: 1, to: out }],
  });
  expect(compareFlows(without, flow)).toEqual({
    ...SAME,
    behaves: true,
    added: gone.removed,
    wired: gone.unwired,
  });
});

const described = (before: NodeConfig[], after: NodeConfig[]) =>
  describeDifference({
    flow: "customer",
    against: "HEAD",
    versions: { before: "111", after: "222" },
    ...compareFlows(before, after),
  });

test("of code, only the lines that differ are shown", () => {
  const changed = edit("mark", { func: "const a = 2;\nmsg.payload.a = a;\nnode.done();\nreturn msg;" });
  expect(described(flow, changed)).toEqual([
    "customer: does something else than in HEAD (version 111, now 222)",
    'changed  function "mark" (customer.mark)',
    "         func",
    "           - const a = 1;",
    "           + const a = 2;",
    "           + node.done();",
  ]);
});

test("a difference in the drawing only is called that", () => {
  expect(described(flow, edit("mark", { x: 999 }))).toEqual([
    "customer: does the same as in HEAD (version 222), only the drawing differs",
    'redrawn  function "mark" (customer.mark)',
  ]);
  expect(described(flow, flow)).toEqual(["customer: the same as in HEAD (version 222)"]);
});

test("values and wires are shown with the nodes' names", () => {
  const changed = edit("check", { by: "expression", wires: [["customer.out"], ["customer.mark"], []] });
  expect(described(flow, changed)).toEqual([
    expect.any(String),
    'changed  route "check" (customer.check)',
    '         by: "property" -> "expression"',
    'wired    route "check" (customer.check), output 2, to function "mark" (customer.mark)',
    'unwired  route "check" (customer.check), output 2, to record out "out" (customer.out)',
  ]);
});
