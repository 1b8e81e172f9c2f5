/**
 * What counting every copy of a message costs: the same flow with and without completion tracking, alternated.
 *
 * Ten nodes, one fan-out of three, a body of 1 KB, 50 messages under way; the hub behind the port answers at once, so that
 * neither durable accept nor settle is part of the figure. The two take turns every 100 messages, because machines have moods. Run: `node bench/flow-tracking.ts [messages] [runs]`.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HubPort } from "../src/flows/hub-port.ts";
import { type NodeConfig, requireNodeRed } from "../src/flows/node-red.ts";
import { startFlows } from "../src/flows/runtime.ts";

const MESSAGES = Number(process.argv[2] ?? 5000);
const RUNS = Number(process.argv[3] ?? 5);
const UNDER_WAY = 50;
const SLICE = 100;
const BRANCHES = 3;
const body = {
  name: "Ada Lovelace",
  lines: Array.from({ length: 8 }, (_, n) => ({ key: `${n}`, text: "x".repeat(100) })),
};

/** Told of each wish, which is the end of a branch. */
let onWish: (messageId: string) => void = () => undefined;

const hub: HubPort = {
  open: async (messageId) => ({
    messageId,
    correlationId: messageId,
    kind: "changed",
    entity: "e",
    canonicalId: "c",
    version: 1,
    body,
  }),
  openResumed: async () => undefined,
  wait: async () => undefined,
  meet: async () => undefined,
  merge: async () => ({ canonicalId: "c", version: 1, body, changed: [], archived: false, echo: false }),
  targets: async () => ["erp"],
  wish: async (request) => onWish(request.messageId),
  derive: async () => ({ canonicalId: "c" }),
  amend: async () => ({ version: 1, body }),
  lookup: async () => undefined,
  notify: async () => undefined,
  call: async () => undefined,
  reject: async () => undefined,
  settle: async () => undefined,
  fail: async (_messageId, error) => {
    throw error;
  },
};

function node(id: string, type: string, properties: Record<string, unknown>, wires: string[][]): NodeConfig {
  return { id, type, z: "f", x: 100, y: 100, ...properties, wires };
}

function functionNode(id: string, func: string, to: string[]): NodeConfig {
  return node(id, "function", { func, outputs: 1, libs: [] }, [to]);
}

function tenNodes(): NodeConfig[] {
  const change = { rules: [{ t: "set", p: "topic", pt: "msg", to: "e", tot: "str" }] };
  const rules = [{ t: "nempty" }];
  const choose = { property: "payload.name", propertyType: "msg", rules, checkall: "true", outputs: 1 };
  return [
    { id: "f", type: "tab", label: "f" },
    node("in", "record in", { entity: "e", kind: "changed", system: "" }, [["f1"]]),
    functionNode("f1", "msg.payload.a = 1; return msg;", ["change"]),
    node("change", "change", change, [["switch"]]),
    node("switch", "switch", choose, [["f2"]]),
    functionNode("f2", "return { payload: msg.payload, nave: msg.nave };", ["f3"]),
    functionNode("f3", "return msg;", ["b1", "b2", "b3"]),
    functionNode("b1", "msg.branch = 1; return msg;", ["out"]),
    functionNode("b2", "msg.branch = 2; return msg;", ["out"]),
    functionNode("b3", "msg.branch = 3; return msg;", ["out"]),
    node("out", "record out", { to: "system", system: "erp" }, []),
  ];
}

/** Microseconds per message, of the processor and by the clock; the former is steady on a machine that does other work too. */
type Figures = { cpuUs: number; wallUs: number };

function show({ cpuUs, wallUs }: Figures): string {
  return `${cpuUs.toFixed(0)} us CPU (${Math.round(1e6 / wallUs)} messages/s)`;
}

/** Keeps `UNDER_WAY` messages going until a slice of them is through. */
async function measure(send: (messageId: string) => Promise<void>): Promise<Figures> {
  const started = process.hrtime.bigint();
  const before = process.cpuUsage();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < SLICE) {
      next += 1;
      await send(`m${next}`);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
  const { user, system } = process.cpuUsage(before);
  return {
    cpuUs: (user + system) / SLICE,
    wallUs: Number(process.hrtime.bigint() - started) / 1e3 / SLICE,
  };
}

/** As an engine without tracking has it: hand the message to the flow, and know from the far side that it is through. */
async function sendUntracked(messageId: string): Promise<void> {
  const message = await hub.open(messageId);
  const source = requireNodeRed().nodes.getNode("in");
  if (message === undefined || source === null) throw new Error("no flow");
  const { body: payload, ...nave } = message;
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.set(messageId, { left: BRANCHES, resolve });
  source.receive({ _msgid: messageId, topic: "e", payload: structuredClone(payload), nave });
  await promise;
  await hub.settle(messageId, () => ({ nodes: [], copies: [] }));
}
const waiting = new Map<string, { left: number; resolve: () => void }>();
function arrived(messageId: string): void {
  const message = waiting.get(messageId);
  if (message === undefined) return;
  message.left -= 1;
  if (message.left > 0) return;
  waiting.delete(messageId);
  message.resolve();
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function withFlows<T>(work: (accept: (messageId: string) => Promise<void>) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "nave-bench-"));
  await mkdir(join(root, "flows", "f"), { recursive: true });
  await writeFile(join(root, "flows", "f", "flow.json"), JSON.stringify(tenNodes()));
  const log = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };
  const flows = await startFlows({ hub, flowsDir: join(root, "flows"), userDir: join(root, "editor"), log });
  try {
    return await work((messageId) => flows.accept(messageId));
  } finally {
    await flows.stop();
    await rm(root, { recursive: true });
  }
}

/** The tracking hooks, to take them off and put them on again without restarting the flow. */
const hooks: [name: string, hook: unknown][] = [];
const registry = requireNodeRed().hooks;
const add = registry.add.bind(registry);
registry.add = (name, hook) => {
  hooks.push([name, hook]);
  add(name, hook);
};

async function alternate(
  accept: (messageId: string) => Promise<void>,
): Promise<{ tracked: Figures; untracked: Figures }> {
  const tracked: Figures[] = [];
  const untracked: Figures[] = [];
  for (let done = 0; done < MESSAGES; done += SLICE) {
    onWish = () => undefined;
    tracked.push(await measure(accept));
    registry.remove("*.nave");
    onWish = arrived;
    untracked.push(await measure(sendUntracked));
    for (const [name, hook] of hooks) add(name, hook);
  }
  return { tracked: middle(tracked), untracked: middle(untracked) };
}

function middle(figures: Figures[]): Figures {
  return { cpuUs: median(figures.map((one) => one.cpuUs)), wallUs: median(figures.map((one) => one.wallUs)) };
}

const overheads: number[] = [];
await withFlows(async (accept) => {
  // Warms the process up.
  await alternate(accept);
  for (let run = 1; run <= RUNS; run += 1) {
    const { tracked, untracked } = await alternate(accept);
    overheads.push((tracked.cpuUs / untracked.cpuUs - 1) * 100);
    console.log(`run ${run}: tracked ${show(tracked)}, untracked ${show(untracked)}`);
  }
});
console.log(`overhead, median of ${RUNS}: ${median(overheads).toFixed(1)} % CPU`);
