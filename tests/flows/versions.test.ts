import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FlowMessage } from "../../src/flows/hub-port.ts";
import { type NodeConfig, requireNodeRed } from "../../src/flows/node-red.ts";
import { versionOf } from "../../src/flows/storage/flow-files.ts";
import { type FlowLedger, ledgerInMemory } from "../../src/flows/versions/flow-ledger.ts";
import { isCopied } from "../../src/flows/versions/version-copy.ts";
import type { InUse } from "../../src/store/flow-versions.ts";
import { askingWithPassword } from "./core-nodes.ts";
import { drawBetween, drawFlow, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";
import { edit, PASSWORD, startWithEditor, type WithEditor } from "./with-editor.ts";

let hub: MemoryHub;
let bed: WithEditor;
let ledger: FlowLedger;
let inUse: InUse;
let log: ReturnType<typeof recordingLog>;
let dirs: { flowsDir: string; userDir: string };

beforeEach(async () => {
  hub = new MemoryHub();
  hub.systems = ["erp"];
  log = recordingLog();
  inUse = { pinned: [], goingOn: [] };
  ledger = { ...ledgerInMemory(), inUse: async () => inUse };
});
afterEach(() => bed.stop());

const marking = (mark: string, wire = "out") =>
  functionNode(`msg.payload.mark = ${JSON.stringify(mark)}; return msg;`, [wire]);
const throwing = functionNode('throw new Error("of that version");', ["out"]);
const marked = (mark: string) => edit("a.mark", { func: `msg.payload.mark = "${mark}"; return msg;` });

async function start(flows: Record<string, NodeConfig[]>): Promise<void> {
  dirs = await writeFlows(flows);
  bed = await startWithEditor({ hub, ledger, ...dirs, log });
}

const epoch = async () => (await ledger.newest())?.number ?? 0;
const liveNode = (id: string) => requireNodeRed().nodes.getNode(id);
const stateOf = (name: string) => bed.flows.versions().find((flow) => flow.name === name);
const copies = () => (requireNodeRed().nodes.getFlows()?.flows ?? []).filter(({ id }) => isCopied(id));

async function send(entity: string, pinned: Partial<FlowMessage>): Promise<string> {
  const id = hub.observed(entity, { name: "x" }, pinned);
  await bed.flows.accept(id);
  return id;
}
const markOf = (id: string) => hub.wishes.get(`erp/id-${id}`)?.body["mark"];

test("a message goes through the flows of its epoch, however often its flow has been deployed since", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  expect(await epoch()).toBe(1);
  await bed.deploy(marked("two"));
  await bed.deploy(marked("three"));
  const ids = [await send("a", { epoch: 1 }), await send("a", { epoch: 2 }), await send("a", {})];
  expect(ids.map(markOf)).toEqual(["one", "two", "three"]);
  expect(ids.map((id) => hub.fate(id).settled)).toEqual([1, 1, 1]);
});

test("a flow that is removed, or disabled, goes on for what it has accepted, and takes nothing else", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }), b: drawBetween("b", { mark: marking("b") }) });
  await bed.deploy(edit("b", { disabled: true }));
  await bed.deploy((nodes) => nodes.filter(({ id, z }) => id !== "a" && z !== "a"));
  expect(markOf(await send("a", { epoch: 1 }))).toBe("one");
  expect(markOf(await send("b", { epoch: 1 }))).toBe("b");
  await expect(send("a", {})).rejects.toMatchObject({ code: "NAVE_FLOW_AWAY" });
  await expect(send("b", {})).rejects.toMatchObject({ code: "NAVE_FLOW_AWAY" });
  await expect(send("c", {})).rejects.toThrow("no live flow takes observed c messages");
});

test("after a restart, whatever else lies in the folder, an older version is there when a message needs it", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  await bed.deploy(marked("two"));
  await bed.stop();
  inUse = { pinned: [{ epoch: 1, entity: "a" }], goingOn: [] };
  bed = await startWithEditor({ hub, ledger, ...dirs, log });
  expect(stateOf("a")?.older).toHaveLength(1);
  expect(markOf(await send("a", { epoch: 1 }))).toBe("one");
  expect(markOf(await send("a", { epoch: 2 }))).toBe("two");
});

test("an older version is let go when nothing needs it, and nothing else is restarted", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }), b: drawBetween("b", { mark: marking("b") }) });
  inUse = { pinned: [{ epoch: 1, entity: "a" }], goingOn: [] };
  await bed.deploy(marked("two"));
  await send("a", {});
  const running = ["a.mark", "a.in", "b.mark"].map(liveNode);
  const { rev } = await bed.drawn();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(copies()).not.toEqual([]);
  inUse = { pinned: [], goingOn: [] };
  await vi.waitFor(() => expect(copies()).toEqual([]), { timeout: 10_000 });
  expect(stateOf("a")?.older).toEqual([]);
  for (const [at, id] of ["a.mark", "a.in", "b.mark"].entries()) expect(liveNode(id)).toBe(running[at]);
  expect((await bed.drawn()).rev).toBe(rev);
});

test("a message that is long inside a node keeps its version; what comes meanwhile takes the new one within a second", async () => {
  const wait = {
    type: "delay",
    pauseType: "delay",
    timeout: "1500",
    timeoutUnits: "milliseconds",
    outputs: 1,
    wire: ["mark"],
  };
  await start({ a: drawBetween("a", { wait, mark: marking("one") }) });
  const old = Array.from({ length: 20 }, (_, n) => hub.observed("a", { name: `${n}` }));
  const accepted = old.map((id) => bed.flows.accept(id));
  const at = Date.now();
  await bed.deploy((nodes) => marked("two")(edit("a.wait", { timeout: "1" })(nodes)));
  const next = await send("a", {});
  const took = Date.now() - at;
  expect(markOf(next)).toBe("two");
  expect(took).toBeLessThan(1400);
  await Promise.all(accepted);
  expect(new Set(old.map(markOf))).toEqual(new Set(["one"]));
  expect(new Set(old.map((id) => hub.fate(id)))).toEqual(
    new Set(old.map(() => ({ settled: 1, failures: [], rejections: [] }))),
  );
});

test("what a node has had done before it was interrupted is asked for under the same key in the older version", async () => {
  const wait = {
    type: "delay",
    pauseType: "delay",
    timeout: "1500",
    timeoutUnits: "milliseconds",
    outputs: 1,
    wire: ["mark"],
  };
  const tell = {
    type: "notify",
    way: "console",
    to: "sales",
    subject: "x",
    text: "",
    content: "payload",
    wire: ["wait"],
  };
  await start({ a: drawBetween("a", { tell, wait, mark: marking("one") }) });
  const accepted = send("a", {});
  await vi.waitFor(() => expect(hub.notified).toHaveLength(1));
  await bed.deploy(marked("two"));
  expect(markOf(await accepted)).toBe("one");
  expect(hub.notified).toHaveLength(2);
  expect(hub.notified[1]?.onceKey).toBe(hub.notified[0]?.onceKey);
});

test("moving nodes makes no epoch and leaves every node the same object, never closed", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  const before = ["a.in", "a.merge", "a.mark", "a.out"].map(liveNode);
  const closed = vi.fn();
  for (const node of before) node?.on("close", closed);
  await bed.deploy((nodes) => nodes.map((node) => ("x" in node ? { ...node, x: 777, y: 333 } : node)));
  await vi.waitFor(async () => expect((await bed.drawn()).flows[1]?.["x"]).toBe(777));
  for (const [at, id] of ["a.in", "a.merge", "a.mark", "a.out"].entries())
    expect(liveNode(id)).toBe(before[at]);
  expect(closed).not.toHaveBeenCalled();
  expect(await epoch()).toBe(1);
  expect(copies()).toEqual([]);
});

test("what fails in an older version names flow, node and version as people know them, and its catch node catches", async () => {
  await start({
    a: drawBetween("a", { mark: throwing }),
    caught: drawFlow("caught", {
      in: { type: "record in", entity: "caught", kind: "observed", system: "", wire: ["merge"] },
      merge: { type: "merge", echoes: "end", wire: ["bad"] },
      bad: throwing,
      catch: { type: "catch", scope: ["caught.bad"], uncaught: false, wire: ["mark"] },
      mark: marking("caught"),
      out: { type: "record out", to: "all", system: "" },
    }),
  });
  const version = stateOf("a")?.version ?? "";
  await bed.deploy((nodes) => marked("two")(edit("caught.mark", { func: "return msg;" })(nodes)));
  const id = await send("a", { epoch: 1 });
  expect(hub.fate(id).failures).toEqual([
    {
      code: "NAVE_FLOW_FAILED",
      text: expect.stringContaining("of that version") as string,
      where: { flow: "a", node: "a.mark", nodeName: "mark", olderVersion: version },
    },
  ]);
  const caught = await send("caught", { epoch: 1 });
  expect(hub.fate(caught)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(markOf(caught)).toBe("caught");
  expect(log.lines.join("\n")).not.toContain("~");
});

test("subflows, links and configuration nodes of an older version are its own", async () => {
  const flow = drawFlow("a", {
    in: { type: "record in", entity: "a", kind: "observed", system: "", wire: ["merge"] },
    merge: { type: "merge", echoes: "end", wire: ["sub"] },
    sub: { type: "subflow:s", wire: ["jump"] },
    jump: { type: "link out", mode: "link", links: ["a.land"], wire: [] },
    land: { type: "link in", links: ["a.jump"], wire: ["out"] },
    out: { type: "record out", to: "all", system: "" },
  });
  const subflow = [
    {
      id: "s",
      type: "subflow",
      name: "marks",
      in: [{ x: 0, y: 0, wires: [{ id: "s.mark" }] }],
      out: [{ x: 0, y: 0, wires: [{ id: "s.mark", port: 0 }] }],
    },
    { ...marking("one", ""), id: "s.mark", z: "s", name: "mark", x: 0, y: 0, wires: [[]] },
  ];
  await start({ a: flow, _shared: subflow });
  expect(stateOf("a")).toMatchObject({ state: "live" });
  await bed.deploy(edit("s.mark", { func: 'msg.payload.mark = "two"; return msg;' }));
  expect(markOf(await send("a", { epoch: 1 }))).toBe("one");
  expect(markOf(await send("a", { epoch: 2 }))).toBe("two");
});

test("what begins by itself begins once, though an older version runs beside the newest", async () => {
  const inject = {
    type: "inject",
    props: [{ p: "payload" }],
    repeat: "0.1",
    crontab: "",
    once: true,
    onceDelay: 0.1,
    topic: "",
    payload: "",
    payloadType: "date",
    wire: ["count"],
  };
  const count = functionNode(
    'const n = (global.get("ticks") ?? []); n.push(node.id); global.set("ticks", n); return null;',
    [""],
  );
  const flow = drawBetween("a", { mark: marking("one") });
  const more = drawFlow("a", { inject, count }).filter(({ type }) => type !== "tab");
  await start({ a: [...flow, ...more] });
  inUse = { pinned: [{ epoch: 1, entity: "a" }], goingOn: [] };
  await bed.deploy(marked("two"));
  expect(copies()).not.toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const inject2 = copies().find(({ type }) => type === "inject");
  expect(inject2).toMatchObject({ d: true });
  expect(liveNode(inject2?.id ?? "")).toBeNull();
});

test("an older version with a node that nothing here knows is named; its messages are held, the newest goes on", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  const strange = drawBetween("a", { mark: { ...marking("x"), type: "from a palette that is gone" } });
  const [tab] = strange;
  await ledger.record(
    {
      after: 1,
      author: "ann",
      comment: null,
      origin: "command",
      flows: [
        {
          flow: "a",
          version: "0123456789ab",
          state: "live",
          tab: tab?.id ?? "",
          nodes: strange,
          difference: null,
        },
      ],
    },
    async () => {},
  );
  await vi.waitFor(() => expect(stateOf("a")).toMatchObject({ state: "refused" }), { timeout: 5000 });
  expect(stateOf("a")?.problems.join()).toContain("from a palette that is gone");
  await expect(send("a", { epoch: 2 })).rejects.toMatchObject({
    code: "NAVE_FLOW_AWAY",
    message: expect.stringContaining("flow a takes observed a messages") as string,
  });
  expect(markOf(await send("a", { epoch: 1 }))).toBe("one");
});

test("of two who deploy from the same flows the second is refused, and told who was first", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  const { rev } = await bed.drawn();
  const bob = await bed.logIn("bob", PASSWORD);
  const both = await Promise.all([
    bed.deploy(marked("by admin"), { rev }),
    bed.deploy(marked("by bob"), { rev, token: bob }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const winner = (await ledger.newest())?.author;
  const refused = both.find(({ status }) => status === 409);
  expect(refused?.text).toContain(`${winner} has deployed (epoch 2`);
  expect(markOf(await send("a", {}))).toBe(`by ${winner}`);
});

test("a hub follows what another has deployed, folder included; who deploys on it meanwhile is refused and told", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }), b: drawBetween("b", { mark: marking("b") }) });
  const [b] = [liveNode("b.mark")];
  const recorded = (await ledger.version("b", stateOf("b")?.version ?? "")) ?? { tab: "", nodes: [] };
  const nodes = drawBetween("a", { mark: marking("theirs") });
  const elsewhere = (after: number, version: string) =>
    ledger.record(
      {
        after,
        author: "carla",
        comment: null,
        origin: "editor",
        flows: [
          { flow: "a", version, state: "live", tab: "a", nodes, difference: null },
          { flow: "b", version: stateOf("b")?.version ?? "", state: "live", ...recorded, difference: null },
        ],
      },
      async () => {},
    );
  await elsewhere(1, versionOf(nodes));
  const refused = await bed.deploy(marked("ours"));
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("carla has deployed (epoch 2");
  expect(await readFile(join(dirs.flowsDir, "a", "flow.json"), "utf8")).not.toContain("ours");
  await vi.waitFor(async () => expect(markOf(await send("a", {}))).toBe("theirs"), { timeout: 5000 });
  expect(markOf(await send("a", { epoch: 1 }))).toBe("one");
  expect(liveNode("b.mark")).toBe(b);
  expect(await readFile(join(dirs.flowsDir, "a", "flow.json"), "utf8")).toContain("theirs");
  expect((await bed.deploy(marked("ours"))).status).toBe(200);
  expect(await epoch()).toBe(3);
});

test("at a start, what a person changed in the folders is a deploy; a folder that is merely behind is brought up to date", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  const file = join(dirs.flowsDir, "a", "flow.json");
  await bed.stop();
  await writeFile(file, (await readFile(file, "utf8")).replace("one", "by hand"));
  bed = await startWithEditor({ hub, ledger, ...dirs, log });
  expect(await ledger.newest()).toMatchObject({ number: 2, author: null, origin: "files" });
  expect(markOf(await send("a", {}))).toBe("by hand");
  const behind = await readFile(file, "utf8");
  const note = await readFile(join(dirs.userDir, "deployed-flows.json"), "utf8");
  await bed.deploy(marked("three"));
  await bed.stop();
  await writeFile(file, behind);
  await writeFile(join(dirs.userDir, "deployed-flows.json"), note);
  bed = await startWithEditor({ hub, ledger, ...dirs, log });
  expect(await epoch()).toBe(3);
  expect(markOf(await send("a", {}))).toBe("three");
  expect(await readFile(file, "utf8")).toContain("three");
});

test("a folder that cannot be written keeps no hub from following, and stays for the next start", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  await mkdir(join(dirs.flowsDir, "a", "flow.json.new"));
  const nodes = drawBetween("a", { mark: marking("theirs") });
  const flows = [
    { flow: "a", version: versionOf(nodes), state: "live" as const, tab: "a", nodes, difference: null },
  ];
  await ledger.record({ after: 1, author: "carla", comment: null, origin: "editor", flows }, async () => {});
  await vi.waitFor(async () => expect(markOf(await send("a", {}))).toBe("theirs"), { timeout: 5000 });
  expect(log.lines.join("\n")).toContain("warn the folder of flows is behind epoch 2");
  expect((await bed.deploy(marked("ours"))).status).toBe(400);
  expect(await epoch()).toBe(2);
  expect(markOf(await send("a", {}))).toBe("theirs");
});

test("a new hub with an empty folder takes the flows of the store", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  await bed.stop();
  dirs = await writeFlows({});
  bed = await startWithEditor({ hub, ledger, ...dirs, log });
  expect(await epoch()).toBe(1);
  expect(markOf(await send("a", {}))).toBe("one");
  expect(await readFile(join(dirs.flowsDir, "a", "flow.json"), "utf8")).toContain("a.mark");
});

test("a store that was put back from an older copy does not take the folders back", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  const { nodes } = (await ledger.version("a", stateOf("a")?.version ?? "")) ?? { nodes: [] };
  const version = stateOf("a")?.version ?? "";
  await bed.deploy(marked("two"));
  await bed.deploy(marked("three"));
  await bed.stop();
  ledger = ledgerInMemory();
  const flows = [{ flow: "a", version, state: "live" as const, tab: "a", nodes, difference: null }];
  await ledger.record({ after: 0, author: "ann", comment: null, origin: "editor", flows }, async () => {});
  bed = await startWithEditor({ hub, ledger, ...dirs, log });
  expect(markOf(await send("a", {}))).toBe("three");
  expect(await ledger.newest()).toMatchObject({ number: 2, origin: "files" });
});

test("a password of a node is that of its copies too, and lies in no version that is recorded", async () => {
  await start({ a: drawBetween("a", { mark: marking("one") }) });
  const reached = edit("a.mark", { wires: [["a.out", "a.ask"]] });
  const asking = askingWithPassword("a");
  await bed.deploy((nodes) => [...reached(nodes), asking]);
  const version = stateOf("a")?.version ?? "";
  await bed.deploy(marked("two"));
  expect(requireNodeRed().nodes.getCredentials(`a.ask~${version}`)).toMatchObject(
    asking["credentials"] as object,
  );
  expect(JSON.stringify(await ledger.version("a", version))).not.toContain("hunter2");
  expect(JSON.stringify(await bed.drawn())).not.toContain("~");
});
