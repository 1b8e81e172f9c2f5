import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { LiveNode } from "../../src/flows/node-red.ts";
import { readSparingly } from "../../src/flows/read-sparingly.ts";
import { CompletionTracker } from "../../src/flows/tracking/completion-tracker.ts";
import { trackNode } from "../../src/flows/tracking/tracked-node.ts";
import { Traffic } from "../../src/flows/tracking/traffic.ts";

let traffic: Traffic;
let tracker: CompletionTracker;
beforeAll(() => {
  tracker = new CompletionTracker({ timeoutMs: 60_000 });
});
afterAll(() => tracker.stop());
beforeEach(() => {
  traffic = new Traffic();
});

/** A node with the way to it, as Node-RED keeps it; `stop` ends it. */
function running(path: string): LiveNode & { stop(): void } {
  const closers: (() => void)[] = [];
  const node = {
    id: path.split("/").at(-1),
    _path: path,
    on: (_event: string, act: () => void) => closers.push(act),
  };
  return Object.assign(node as unknown as LiveNode, { stop: () => closers.forEach((close) => close()) });
}

function placeOf(node: LiveNode) {
  return {
    flow: "f",
    tab: "f",
    node: node.id,
    nodeType: "test",
    address: node.id,
    traffic: traffic.of(node),
  };
}

test("what comes to a node is counted, and what is inside or on its way there waits", () => {
  const node = running("f/n");
  const at = trackNode(node, placeOf(node));
  const run = tracker.start("m", () => undefined);
  const done = tracker.depart(run, at);
  tracker.depart(run, at);
  tracker.finish(done);
  expect(traffic.read([run], [])).toEqual({ n: { messages: 2, failures: 0, waiting: 1 } });
});

test("a node where nothing has happened is left out", () => {
  traffic.of(running("f/n"));
  expect(traffic.read([], [])).toEqual({});
});

test("a node that is stopped is forgotten, and one that is started anew counts anew", () => {
  const old = running("f/n");
  traffic.of(old).messages = 7;
  old.stop();
  traffic.of(running("f/n")).messages = 1;
  expect(traffic.read([], [])).toEqual({ n: { messages: 1, failures: 0, waiting: 0 } });
});

test("what waits on record is added, also where nothing has come since the start", () => {
  const node = running("f/n");
  traffic.of(node).messages = 1;
  const waits = [
    { node: "n", waiting: 3 },
    { node: "other", waiting: 2 },
  ];
  expect(traffic.read([], waits)).toEqual({
    n: { messages: 1, failures: 0, waiting: 3 },
    other: { messages: 0, failures: 0, waiting: 2 },
  });
});

test("in a subflow all instances count together; what fails or waits there shows at the instance too", () => {
  traffic.of(running("f/instance-1/inner")).messages = 2;
  const second = traffic.of(running("f/instance-2/inner"));
  second.messages = 3;
  second.failures = 1;
  expect(traffic.read([], [{ node: "instance-1/inner", waiting: 4 }])).toEqual({
    inner: { messages: 5, failures: 1, waiting: 4 },
    "instance-1": { messages: 0, failures: 0, waiting: 4 },
    "instance-2": { messages: 0, failures: 1, waiting: 0 },
  });
});

test("the versions of a node that run side by side count as the one that is drawn", () => {
  traffic.of(running("f/n")).messages = 2;
  traffic.of(running("f~1a2b/n~1a2b")).messages = 3;
  expect(traffic.read([], [])).toEqual({ n: { messages: 5, failures: 0, waiting: 0 } });
});

test("a read is shared by all who ask within its time, and a failed one is not kept", async () => {
  let reads = 0;
  const read = readSparingly(async () => {
    reads += 1;
    if (reads === 1) throw new Error("the store is away");
    return reads;
  }, 60_000);
  await expect(Promise.all([read(), read()])).rejects.toThrow("the store is away");
  expect(await Promise.all([read(), read()])).toEqual([2, 2]);
  expect(await read()).toBe(2);
});
