import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { knownNodeTypes } from "../../src/cli/known-node-types.ts";
import { describeProblem, lintFlow } from "../../src/flows/lint/lint.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";

const folder = new URL("../../src/flows/nodes/examples/", import.meta.url);
const examples = await readdir(folder);
const known = knownNodeTypes(undefined);

test.each(examples)("%s could be deployed as it is", async (file) => {
  const nodes = JSON.parse(await readFile(new URL(file, folder), "utf8")) as NodeConfig[];
  expect(lintFlow(nodes, (type) => known.has(type)).map((found) => describeProblem(file, found))).toEqual([]);
  const ids = new Set(nodes.map(({ id }) => id));
  const loose = nodes
    .flatMap(({ wires }) => wires ?? [])
    .flat()
    .filter((id) => !ids.has(id));
  expect(loose).toEqual([]);
});

test("the nodes that wait have one each", () => {
  expect(examples).toEqual(
    expect.arrayContaining([
      "approve.json",
      "collect.json",
      "compensate.json",
      "deadline.json",
      "schedule.json",
    ]),
  );
});
