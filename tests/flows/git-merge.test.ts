import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lintDeployed } from "../../src/flows/lint/lint-deployed.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { FlowFolders } from "../../src/flows/storage/flow-folders.ts";
import { drawBetween, functionNode } from "./draw.ts";

const drawn = drawBetween("customer", {
  first: functionNode("// one\nmsg.payload.a = 1;\nreturn msg;", ["second"]),
  second: functionNode("return msg;", ["out"]),
});

type Edit = (nodes: NodeConfig[]) => NodeConfig[];

let repository: string;
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), "nave-git-"));
  git("init", "--quiet", "--initial-branch=main");
  await deploy(drawn);
  commit("drawn");
});
afterEach(() => rm(repository, { recursive: true, force: true }));

function git(...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  return execFileSync("git", ["-C", repository, ...identity, ...args], { encoding: "utf8", stdio: "pipe" });
}

function commit(message: string): void {
  git("add", "--all");
  git("commit", "--quiet", "--message", message);
}

/** As a deploy of the editor writes it. */
async function deploy(nodes: NodeConfig[]): Promise<void> {
  const flow = { name: "customer", tab: "customer", enabled: true, version: "", nodes };
  await new FlowFolders(repository).write([flow], []);
}

/** Two people edit the same flow, each on a branch, and plain git brings them together. @returns the files in conflict. */
async function merge(mine: Edit, theirs: Edit): Promise<string[]> {
  git("checkout", "--quiet", "-b", "theirs");
  await deploy(theirs(drawn));
  commit("theirs");
  git("checkout", "--quiet", "main");
  await deploy(mine(drawn));
  commit("mine");
  try {
    git("merge", "--quiet", "--no-edit", "theirs");
  } catch {
    return git("diff", "--name-only", "--diff-filter=U").trim().split("\n");
  }
  return [];
}

async function merged(): Promise<Map<string, NodeConfig>> {
  const { flows } = await new FlowFolders(repository).read();
  const [flow] = flows;
  if (flow === undefined) throw new Error("the flow is gone");
  expect(lintDeployed(flow, [], () => true)).toEqual([]);
  return new Map(flow.nodes.map((node) => [node.id, node]));
}

const changing =
  (id: string, change: Partial<NodeConfig>): Edit =>
  (nodes) =>
    nodes.map((node) => (node.id === id ? { ...node, ...change } : node));

/** Puts a function node into the wire behind another. */
const inserting =
  (id: string, behind: string): Edit =>
  (nodes) => {
    const wires = nodes.find((node) => node.id === behind)?.wires ?? [];
    const added = { id, type: "function", z: "customer", func: `// ${id}`, outputs: 1, x: 50, y: 50, wires };
    return [...changing(behind, { wires: [[id]] })(nodes), added];
  };

test("edits of different nodes come together", async () => {
  const conflicts = await merge(
    changing("customer.first", { name: "renamed", wires: [["customer.out"]] }),
    changing("customer.second", { func: "return null;" }),
  );
  expect(conflicts).toEqual([]);
  const nodes = await merged();
  expect(nodes.get("customer.first")).toMatchObject({ name: "renamed", wires: [["customer.out"]] });
  expect(nodes.get("customer.second")?.["func"]).toBe("return null;");
});

test("different lines of one function, its name, and where it stands come together", async () => {
  const conflicts = await merge(
    changing("customer.first", { func: "// another\nmsg.payload.a = 1;\nreturn msg;", x: 900 }),
    changing("customer.first", { name: "renamed" }),
  );
  expect(conflicts).toEqual([]);
  expect((await merged()).get("customer.first")).toMatchObject({
    func: "// another\nmsg.payload.a = 1;\nreturn msg;",
    name: "renamed",
    x: 900,
  });
});

test("a node that one has drawn, one that the other has drawn, and one that was moved come together", async () => {
  const conflicts = await merge(inserting("customer.alpha", "customer.first"), (nodes) =>
    changing("customer.in", { y: 500 })(inserting("customer.zeta", "customer.second")(nodes)),
  );
  expect(conflicts).toEqual([]);
  const nodes = await merged();
  expect(nodes.get("customer.first")?.wires).toEqual([["customer.alpha"]]);
  expect(nodes.get("customer.alpha")?.wires).toEqual([["customer.second"]]);
  expect(nodes.get("customer.second")?.wires).toEqual([["customer.zeta"]]);
  expect(nodes.get("customer.in")?.["y"]).toBe(500);
});

test("a node that one has deleted and the other has left alone is gone", async () => {
  const conflicts = await merge(
    (nodes) =>
      changing("customer.first", { wires: [["customer.out"]] })(nodes).filter(
        ({ id }) => id !== "customer.second",
      ),
    changing("customer.merge", { name: "merged here" }),
  );
  expect(conflicts).toEqual([]);
  expect([...(await merged()).keys()]).not.toContain("customer.second");
});

test("one line edited twice conflicts: both forms side by side, in that one file, with nothing else around them", async () => {
  const setting = (value: number) =>
    changing("customer.first", { func: `// one\nmsg.payload.a = ${value};\nreturn msg;` });
  expect(await merge(setting(2), setting(3))).toEqual(["customer/flow.json"]);
  const lines = (await readFile(join(repository, "customer/flow.json"), "utf8")).split("\n");
  const from = lines.findIndex((line) => line.startsWith("<<<<<<<"));
  expect(lines.slice(from, from + 5).map((line) => line.trim())).toEqual([
    "<<<<<<< HEAD",
    '"msg.payload.a = 2;",',
    "=======",
    '"msg.payload.a = 3;",',
    ">>>>>>> theirs",
  ]);
  await expect(merged()).rejects.toThrow(/customer\/flow\.json has a conflict of git that nobody has solved/);
});
