import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { joinFlow, print, splitFlow, versionOf } from "../../src/flows/flow-files.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
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

async function merge(mine: NodeConfig[], theirs: NodeConfig[]): Promise<{ conflicts: number; text: string }> {
  const dir = await mkdtemp(join(tmpdir(), "nave-merge-"));
  const versions = { base: flow, mine, theirs };
  for (const [name, nodes] of Object.entries(versions))
    await writeFile(join(dir, name), print(splitFlow(nodes).logic));
  let conflicts = 0;
  try {
    execFileSync("git", ["merge-file", join(dir, "mine"), join(dir, "base"), join(dir, "theirs")]);
  } catch (error) {
    conflicts = (error as { status: number }).status;
  }
  return { conflicts, text: await readFile(join(dir, "mine"), "utf8") };
}

test("git merges edits of different nodes, and of different lines of one function", async () => {
  const nodes = await merge(
    edit("customer.first", { name: "renamed" }),
    edit("customer.second", { func: "return null;" }),
  );
  expect(nodes.conflicts).toBe(0);
  expect(nodes.text).toContain("renamed");
  expect(nodes.text).toContain("return null;");
  const lines = await merge(
    edit("customer.first", { func: "// another\nmsg.payload.a = 1;\nreturn msg;" }),
    edit("customer.first", { name: "renamed" }),
  );
  expect(lines.conflicts).toBe(0);
});

test("git shows a conflict when one line was edited twice", async () => {
  const { conflicts, text } = await merge(
    edit("customer.first", { func: "// one\nmsg.payload.a = 2;\nreturn msg;" }),
    edit("customer.first", { func: "// one\nmsg.payload.a = 3;\nreturn msg;" }),
  );
  expect(conflicts).toBe(1);
  expect(text).toMatch(/<<<<<<<[\s\S]*a = 2;[\s\S]*=======[\s\S]*a = 3;[\s\S]*>>>>>>>/);
});
