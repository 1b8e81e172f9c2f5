import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { joinFlow, type Layout, print, splitFlow } from "../../src/flows/storage/flow-files.ts";
import { recordingLog } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const SHIPPED = [
  "complaint-to-department",
  "customer-sync",
  "order-sync",
  "order-to-cash",
  "order-to-supplier",
  "product-and-price",
  "reminders",
  "repair-case",
];
const root = new URL("../../", import.meta.url).pathname;
let flows: FlowRuntime;

beforeAll(async () => {
  const userDir = await mkdtemp(join(tmpdir(), "nave-editor-"));
  flows = await startFlows({
    hub: new MemoryHub(),
    flowsDir: join(root, "flows"),
    userDir,
    log: recordingLog(),
  });
});
afterAll(() => flows.stop());

test("every flow shipped is live", () => {
  expect(flows.versions().map(({ name, state, problems }) => ({ name, state, problems }))).toEqual(
    SHIPPED.map((name) => ({ name, state: "live", problems: [] })),
  );
});

test.each(SHIPPED)("%s is stored as the editor would store it", async (name) => {
  const logic = await readFile(join(root, "flows", name, "flow.json"), "utf8");
  const layout = await readFile(join(root, "flows", name, "layout.json"), "utf8");
  const nodes = joinFlow({ logic: JSON.parse(logic) as NodeConfig[], layout: JSON.parse(layout) as Layout });
  expect(print(splitFlow(nodes).logic)).toBe(logic);
  expect(print(splitFlow(nodes).layout)).toBe(layout);
});
