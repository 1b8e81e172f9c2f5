import { expect, test } from "vitest";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { joinFlow, print, splitFlow, versionOf } from "../../src/flows/storage/flow-files.ts";
import { drawBetween, functionNode } from "./draw.ts";

const flow = drawBetween("customer", {
  first: functionNode("// one\nmsg.payload.a = 1;\nreturn msg;", ["second"]),
  second: functionNode("return msg;", ["out"]),
});
const edit = (id: string, change: Partial<NodeConfig>) =>
  flow.map((node) => (node.id === id ? { ...node, ...change } : node));

const byId = (nodes: NodeConfig[]) => new Map(nodes.map((node) => [node.id, node]));

test("what was split is joined again without a difference, whatever order its nodes came in", () => {
  expect(byId(joinFlow(splitFlow(flow)))).toEqual(byId(flow));
  expect(print(splitFlow([...flow].reverse()).logic)).toBe(print(splitFlow(flow).logic));
});

test("the version tells what a flow does: not where its nodes stand, nor what comments say", () => {
  expect(versionOf(edit("customer.first", { x: 999, y: 999 }))).toBe(versionOf(flow));
  const comment = { id: "customer.note", type: "comment", z: "customer", name: "why", wires: [] };
  expect(versionOf([...flow, comment])).toBe(versionOf(flow));
  expect(versionOf(edit("customer.second", { func: "return null;" }))).not.toBe(versionOf(flow));
});
