import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { type Replacement, replaceFlows } from "../../src/flows/versions/replace-flows.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
hub.systems = ["erp"];
let flows: FlowRuntime;
let flowsDir: string;

const marking = (flow: string, mark: string) =>
  drawBetween(flow, { mark: functionNode(`msg.payload.mark = "${mark}"; return msg;`, ["out"]) });

beforeAll(async () => {
  const dirs = await writeFlows({
    a: marking("a", "one"),
    b: marking("b", "one"),
    odd: drawBetween("odd", { odd: { type: "no such node", wire: ["out"] } }),
  });
  ({ flowsDir } = dirs);
  flows = await startFlows({ hub, ...dirs, log: recordingLog() });
});
afterAll(() => flows.stop());

async function deploy(replacement: Replacement, after = flows.deployed().epoch): Promise<number> {
  const { nodes } = replaceFlows(flows.deployed(), replacement);
  return flows.deploy(nodes, { after, by: { username: "kim", comment: "for a test", origin: "command" } });
}
const wanted = (tab: string, nodes: NodeConfig[]): Replacement => ({ wanted: [{ tab, nodes }] });
const stateOf = (name: string) => flows.versions().find((flow) => flow.name === name)?.state;
const markOf = async (flow: string): Promise<unknown> => {
  const id = hub.observed(flow, {});
  await flows.accept(id);
  return [...hub.wishes.values()].find(({ messageId }) => messageId === id)?.body["mark"];
};

test("messages go through what was deployed as soon as deploying has ended", async () => {
  expect(await deploy(wanted("a", marking("a", "two")))).toBe(2);
  expect(await markOf("a")).toBe("two");
  expect(await markOf("b")).toBe("one");
});

test("a flow that cannot run here stays as it is, in its folder too", async () => {
  const file = join(flowsDir, "odd/flow.json");
  const before = await readFile(file, "utf8");
  await deploy(wanted("a", marking("a", "three")));
  expect(stateOf("odd")).toBe("refused");
  expect(await readFile(file, "utf8")).toBe(before);
});

test("and is replaced by one that can", async () => {
  await deploy(wanted("odd", marking("odd", "even")));
  expect(stateOf("odd")).toBe("live");
  expect(await markOf("odd")).toBe("even");
  expect((await readdir(flowsDir)).sort()).toEqual(["a", "b", "odd"]);
  expect(await readFile(join(flowsDir, "odd/flow.json"), "utf8")).not.toContain("no such node");
});

test("what was made from an older epoch is refused: somebody else has deployed meanwhile", async () => {
  await expect(deploy(wanted("a", marking("a", "late")), 1)).rejects.toMatchObject({
    status: 409,
    message: expect.stringMatching(/^not deployed: kim has deployed \(epoch \d+, /),
  });
  const together = ["b", "a"].map((flow) => deploy(wanted(flow, marking(flow, `${flow} again`))));
  const results = await Promise.allSettled(together);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a node of another type that is not there refuses all of it", async () => {
  const odd = drawBetween("b", { odd: { type: "no such node", wire: ["out"] } });
  const both = {
    wanted: [
      { tab: "a", nodes: marking("a", "x") },
      { tab: "b", nodes: odd },
    ],
  };
  const epoch = flows.deployed().epoch;
  await expect(deploy(both)).rejects.toThrow(/flow b: no such node .* not installed here/);
  expect(flows.deployed().epoch).toBe(epoch);
  expect(await markOf("a")).not.toBe("x");
});
