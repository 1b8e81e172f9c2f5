import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import type { FlowRuntime } from "../../src/flows/runtime.ts";
import { askingWithPassword } from "./core-nodes.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";
import { edit, startWithEditor, type WithEditor } from "./with-editor.ts";

const hub = new MemoryHub();
hub.systems = ["erp"];
let bed: WithEditor;
let flows: FlowRuntime;
let dirs: { flowsDir: string; userDir: string };

const waiting = (milliseconds: number) => ({
  type: "delay",
  pauseType: "delay",
  timeout: String(milliseconds),
  timeoutUnits: "milliseconds",
  outputs: 1,
  wire: ["mark"],
});
const marking = (mark: string) => functionNode(`msg.payload.mark = "${mark}"; return msg;`, ["out"]);

beforeAll(async () => {
  dirs = await writeFlows({
    a: drawBetween("a", { wait: waiting(300), mark: marking("one") }),
    b: drawBetween("b", { wait: waiting(300), mark: marking("one") }),
    slow: drawBetween("slow", { wait: waiting(2500), mark: marking("one") }),
  });
  bed = await startWithEditor({ hub, ...dirs, log: recordingLog() });
  ({ flows } = bed);
});
afterAll(() => bed.stop());

const deploy = (change: (nodes: NodeConfig[]) => NodeConfig[]) => bed.deploy(change);
const version = (name: string) => flows.versions().find((flow) => flow.name === name)?.version;
const fileOf = (name: string, file: string) => readFile(join(dirs.flowsDir, name, file), "utf8");

test("nobody sees or changes flows without logging in", async () => {
  expect((await fetch(`${bed.url}/flows`)).status).toBe(401);
  await expect(bed.logIn("admin", "wrong")).rejects.toThrow("403");
});

test("moving a node restarts nothing, makes no new version and touches only the layout file", async () => {
  const before = {
    version: version("slow"),
    logic: await fileOf("slow", "flow.json").then((text) => JSON.parse(text) as unknown),
  };
  const id = hub.observed("slow", { name: "in the delay" });
  const accepted = flows.accept(id);
  expect((await deploy(edit("slow.wait", { x: 555, y: 444 }))).status).toBe(200);
  expect(hub.fate(id)).toEqual({ settled: 0, failures: [], rejections: [] });
  await accepted;
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(version("slow")).toBe(before.version);
  expect(JSON.parse(await fileOf("slow", "layout.json"))).toMatchObject({ "slow.wait": { x: 555, y: 444 } });
  expect(await fileOf("slow", "flow.json")).not.toContain("555");
});

test("a deploy waits for the messages inside the flow it changes; later ones take the new version", async () => {
  const old = hub.observed("a", { name: "before" });
  const oldAccepted = flows.accept(old);
  const deployed = deploy(edit("a.mark", { func: 'msg.payload.mark = "two"; return msg;' }));
  await vi.waitFor(() => expect(flows.takes("a", "observed")).toBe(true));
  const during = hub.observed("a", { name: "during" });
  const duringAccepted = flows.accept(during);
  expect((await deployed).status).toBe(200);
  await Promise.all([oldAccepted, duringAccepted]);
  expect(hub.fate(old)).toMatchObject({ settled: 1, failures: [] });
  expect(hub.wishes.get(`erp/id-${old}`)?.body["mark"]).toBe("one");
  expect(hub.fate(during)).toMatchObject({ settled: 1, failures: [] });
  const next = hub.observed("a", { name: "after" });
  await flows.accept(next);
  expect(hub.wishes.get(`erp/id-${next}`)?.body["mark"]).toBe("two");
});

test("a flow that did not change goes on through the deploy of another", async () => {
  const before = version("b");
  const id = hub.observed("b", { name: "in b" });
  const accepted = flows.accept(id);
  await deploy(edit("a.mark", { func: 'msg.payload.mark = "three"; return msg;' }));
  await accepted;
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(version("b")).toBe(before);
});

test("what is still inside a changed flow when the drain time is up runs again at once, at the version it was in", async () => {
  const id = hub.observed("slow", { name: "stuck" });
  const accepted = flows.accept(id);
  const began = Date.now();
  await deploy((nodes) =>
    edit("slow.mark", { func: 'msg.payload.mark = "two"; return msg;' })(
      edit("slow.wait", { timeout: "1" })(nodes),
    ),
  );
  const next = hub.observed("slow", { name: "next" });
  await flows.accept(next);
  expect(Date.now() - began).toBeLessThan(2200);
  expect(hub.wishes.get(`erp/id-${next}`)?.body["mark"]).toBe("two");
  expect(hub.fate(id)).toEqual({ settled: 0, failures: [], rejections: [] });
  await accepted;
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(hub.wishes.get(`erp/id-${id}`)?.body["mark"]).toBe("one");
});

test("a flow that cannot be tracked is refused at deploy, by node and remedy, and the old one goes on", async () => {
  const before = version("a");
  const refused = await deploy(edit("a.mark", { func: "setTimeout(() => node.send(msg), 9);" }));
  expect(refused.status).toBe(400);
  expect(refused.text).toContain(
    'function \\"mark\\" (a.mark) sends from a timer without saying when it has finished',
  );
  expect(refused.text).toContain("call node.done()");
  const id = hub.observed("a", { name: "still" });
  await flows.accept(id);
  expect(hub.fate(id).settled).toBe(1);
  expect(version("a")).toBe(before);
});

test("100 messages through 5 deploys of their own flow: each settled once, none failed", async () => {
  await deploy(edit("a.wait", { timeout: "5" }));
  const ids: string[] = [];
  const accepted: Promise<void>[] = [];
  const deploys = { left: 5 };
  const traffic = (async () => {
    while (deploys.left > 0 || ids.length < 100) {
      const id = hub.observed("a", { name: `n${ids.length}` });
      ids.push(id);
      accepted.push(flows.accept(id));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  for (; deploys.left > 0; deploys.left -= 1) {
    await deploy(edit("a.mark", { func: `msg.payload.mark = "v${deploys.left}"; return msg;` }));
  }
  await traffic;
  await Promise.all(accepted);
  expect(
    ids.map((id) => hub.fate(id)).filter((fate) => fate.settled !== 1 || fate.failures.length > 0),
  ).toEqual([]);
});

test("passwords of nodes stay out of the flow's folder, and are encrypted in the editor's", async () => {
  await deploy((nodes) => [...nodes, askingWithPassword("b")]);
  const written = await readdir(dirs.flowsDir, { recursive: true, withFileTypes: true });
  for (const entry of written.filter((one) => one.isFile())) {
    expect(await readFile(join(entry.parentPath, entry.name), "utf8")).not.toContain("hunter2");
  }
  const kept = await readFile(join(dirs.userDir, "flow-credentials.json"), "utf8");
  expect(kept).toContain('"$"');
  expect(kept).not.toContain("hunter2");
});

const tab = (label: string) => ({
  id: "c",
  type: "tab",
  label,
  disabled: false,
  info: "first line\nsecond line",
});

test("a new tab is a new folder, a renamed one keeps its cases, a removed one leaves nothing that runs", async () => {
  await deploy((nodes) => [...nodes, tab("New customers")]);
  expect(await fileOf("new-customers", "flow.json")).toContain('"first line",');
  await mkdir(join(dirs.flowsDir, "new-customers", "cases"));
  await writeFile(join(dirs.flowsDir, "new-customers", "cases", "one.yaml"), "given: {}\n");
  await deploy((nodes) => nodes.map((node) => (node.id === "c" ? tab("Old customers") : node)));
  expect(await readdir(join(dirs.flowsDir, "old-customers"))).toEqual(["cases", "flow.json", "layout.json"]);
  await deploy((nodes) => nodes.filter((node) => node.id !== "c"));
  expect(await readdir(join(dirs.flowsDir, "old-customers"))).toEqual(["cases"]);
  expect(flows.versions().map((flow) => flow.name)).not.toContain("old-customers");
});
