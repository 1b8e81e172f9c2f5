import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { delay, httpRequest, join, joinTwo, rate, split, upperLater } from "./core-nodes.ts";
import { drawBetween, drawFlow, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
hub.systems = ["erp"];
const log = recordingLog();
let flows: FlowRuntime;
let server: Server;

const toRecord = (wire: string[]) =>
  functionNode("msg.payload = { name: msg.nave.messageId, was: msg.payload }; return msg;", wire);

function drawAll(url: string): Record<string, NodeConfig[]> {
  return {
    _shared: upperLater,
    "fan-out": drawBetween("fan-out", {
      spread: functionNode("return msg;", ["slow,slower,out"]),
      slow: delay("30", ["out"]),
      slower: delay("60", ["out"]),
    }),
    "new-messages": drawBetween("new-messages", {
      make: functionNode(
        "return [[1, 2, 3].map((n) => ({ payload: { name: msg.payload.name, n }, nave: msg.nave }))];",
        ["wait"],
      ),
      wait: delay("20", ["out"]),
    }),
    "async-function": drawBetween("async-function", {
      later: functionNode("setTimeout(() => { node.send(msg); node.done(); }, 40);", ["out"]),
    }),
    "awaiting-function": drawBetween("awaiting-function", {
      later: functionNode("await new Promise((resolve) => setTimeout(resolve, 40)); return msg;", ["out"]),
    }),
    "split-join": drawBetween("split-join", {
      split: split(["wait"]),
      wait: delay("20", ["join"]),
      join: join(["out"]),
    }),
    "split-only": drawBetween("split-only", {
      split: { ...split(["one"]) },
      one: functionNode("if (msg.payload.lines === 2) { throw new Error('line 2 is bad'); } return msg;", [
        "out",
      ]),
    }),
    "reduce-join": drawBetween("reduce-join", {
      split: split(["join"]),
      join: {
        ...join(["record"]),
        mode: "reduce",
        reduceExp: "$A + payload.lines",
        reduceInit: "0",
        reduceInitType: "num",
        reduceFixup: "",
      },
      record: toRecord(["out"]),
    }),
    rated: drawBetween("rated", { rate: rate(["out"]) }),
    shared: drawBetween("shared", {
      join: joinTwo(["record"]),
      record: functionNode(
        "msg.payload = { name: msg.payload.map((one) => one.name).join('+') }; return msg;",
        ["out"],
      ),
    }),
    caught: drawBetween("caught", {
      bad: functionNode("throw new Error('no such region');", ["out"]),
      catch: { type: "catch", scope: null, uncaught: false, wire: ["reject"] },
      reject: { type: "reject", reason: "region of {{payload.name}}: {{error.message}}", owner: "sales" },
    }),
    "caught-on": drawBetween("caught-on", {
      bad: functionNode("node.error('odd', msg); return null;", ["out"]),
      catch: { type: "catch", scope: null, uncaught: false, wire: ["wait"] },
      wait: delay("30", ["out"]),
    }),
    uncaught: drawBetween("uncaught", {
      bad: functionNode("msg.payload.nothing.there = 1; return msg;", ["out"]),
    }),
    "partly-bad": drawBetween("partly-bad", {
      spread: functionNode("return msg;", ["bad,slow"]),
      bad: functionNode("throw new Error('one branch');", ["out"]),
      slow: delay("60", ["out"]),
    }),
    complete: drawBetween("complete", {
      first: functionNode("return null;", [""]),
      done: { type: "complete", scope: ["complete.first"], uncaught: false, wire: ["wait"] },
      wait: delay("20", ["out"]),
    }),
    "link-a": drawBetween("link-a", { leave: { type: "link out", mode: "link", links: ["link-b.arrive"] } }),
    "link-b": drawFlow("link-b", {
      arrive: { type: "link in", links: ["link-a.leave"], wire: ["wait"] },
      wait: delay("20", ["out"]),
      out: { type: "record out", to: "all", system: "" },
    }),
    "link-call": drawBetween("link-call", {
      call: {
        type: "link call",
        links: ["link-call.routine"],
        linkType: "static",
        timeout: "5",
        wire: ["out"],
      },
      routine: { type: "link in", links: [], wire: ["wait"] },
      wait: delay("20", ["back"]),
      back: { type: "link out", mode: "return", links: [] },
    }),
    subflow: drawBetween("subflow", { up: { type: "subflow:sub", env: [], wire: ["out"] } }),
    http: drawBetween("http", { ask: httpRequest(`${url}/slow`, ["record"]), record: toRecord(["out"]) }),
    "http-fails": drawBetween("http-fails", {
      ask: httpRequest(`${url}/broken`, ["record"]),
      record: toRecord(["out"]),
    }),
    switch: drawBetween("switch", {
      choose: {
        type: "switch",
        property: "payload.name",
        propertyType: "msg",
        rules: [{ t: "eq", v: "Ada", vt: "str" }, { t: "else" }],
        checkall: "true",
        repair: false,
        outputs: 2,
        wire: ["out", ""],
      },
    }),
    route: drawBetween("route", {
      choose: {
        type: "route",
        by: "expression",
        property: "",
        expression: "payload.name = 'Ada' ? 'vip' : 'other'",
        rows: [{ value: "vip" }],
        wire: ["out", "reject"],
      },
      reject: { type: "reject", reason: "not for us", owner: "sales" },
    }),
    "sends-late": drawBetween("sends-late", { late: { type: "sends late", wire: ["out"] } }),
    "done-first": drawBetween("done-first", { eager: { type: "done first", wire: ["out"] } }),
    "done-twice": drawBetween("done-twice", {
      eager: { type: "done twice", wire: ["wait"] },
      wait: delay("30", ["out"]),
    }),
    "never-done": drawBetween("never-done", { stuck: { type: "never done", wire: ["out"] } }),
    "forgets-id": drawBetween("forgets-id", {
      anonymous: { type: "forgets the id", wire: ["wait"] },
      wait: delay("30", ["out"]),
    }),
    "errors-only": drawBetween("errors-only", { bad: { type: "errors without done", wire: ["out"] } }),
    "legacy-sync": drawBetween("legacy-sync", {
      old: { type: "legacy sync", wire: ["wait"] },
      wait: delay("20", ["out"]),
    }),
    "legacy-async": drawBetween("legacy-async", { old: { type: "legacy async", wire: ["out"] } }),
    unknown: drawBetween("unknown", { odd: { type: "no such node", wire: ["out"] } }),
  };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    setTimeout(() => {
      if (request.url === "/broken") request.socket.destroy();
      else response.setHeader("content-type", "application/json").end('{"rate":1}');
    }, 20);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const dirs = await writeFlows(drawAll(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  flows = await startFlows({ hub, ...dirs, log, timeoutMs: 4000, synchronousTypes: ["legacy sync"] });
});
afterAll(async () => {
  await flows.stop();
  server.close();
});

async function send(entity: string, body: Record<string, string | number[]>): Promise<string> {
  const id = hub.observed(entity, body);
  await flows.accept(id);
  return id;
}
const story = (id: string): string[] =>
  hub.events.filter((event) => event.includes(id)).map((event) => event.split(" ")[0] ?? "");

const failure = (id: string) => {
  const fate = hub.fate(id);
  expect(fate.settled).toBe(0);
  expect(fate.failures).toHaveLength(1);
  return fate.failures[0];
};

describe("settled once, after the last copy:", () => {
  test.each([
    ["fan-out", 3],
    ["new-messages", 3],
    ["async-function", 1],
    ["awaiting-function", 1],
    ["rated", 1],
    ["caught-on", 1],
    ["complete", 1],
    ["link-a", 1],
    ["link-call", 1],
    ["subflow", 1],
    ["http", 1],
    ["switch", 1],
    ["route", 1],
    ["done-first", 1],
    ["done-twice", 1],
    ["forgets-id", 1],
    ["legacy-sync", 1],
  ])("%s", async (entity, wishes) => {
    const id = await send(entity, { name: "Ada" });
    expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
    expect(story(id)).toEqual([...Array.from({ length: wishes }, () => "wish"), "settle"]);
  });

  test.each([
    ["fan-out", 3],
    ["new-messages", 3],
    ["async-function", 1],
    ["caught-on", 1],
    ["complete", 1],
    ["link-a", 1],
    ["link-call", 1],
    ["subflow", 1],
    ["http", 1],
    ["switch", 1],
    ["route", 1],
    ["split-join", 1],
    ["reduce-join", 1],
    ["forgets-id", 1],
    ["legacy-sync", 1],
  ])("%s, 200 messages at once", async (entity, wishes) => {
    const ids = await Promise.all(
      Array.from({ length: 200 }, () => send(entity, { name: "Ada", lines: [1, 2] })),
    );
    const expected = [...Array.from({ length: wishes }, () => "wish"), "settle"];
    const wrong = ids.filter(
      (id) => story(id).join() !== expected.join() || hub.fate(id).failures.length > 0,
    );
    expect(wrong.map((id) => [story(id), hub.fate(id)])).toEqual([]);
  });

  test.each([
    ["subflow", ["in", "merge", "up", "up/sub.up", "up/sub.late", "out"], [1, 1, 1, 1, 1, 1]],
    ["fan-out", ["in", "merge", "spread"], [1, 1, 1]],
  ])("%s, and the path tells where it has been", async (entity, nodes, copies) => {
    const id = await send(entity, { name: "Ada" });
    const path = hub.paths.get(id);
    expect(path?.nodes.slice(0, nodes.length)).toEqual(nodes.map((node) => `${entity}.${node}`));
    expect(path?.copies.slice(0, nodes.length)).toEqual(copies);
    expect(path?.nodes.at(-1)).toBe(`${entity}.out`);
  });

  test("split into parts and joined again", async () => {
    const id = await send("split-join", { name: "Ada", lines: [1, 2, 3] });
    expect(story(id)).toEqual(["wish", "settle"]);
    expect(hub.wishes.get(`erp/id-${id}`)?.body).toMatchObject({ name: "Ada", lines: [1, 2, 3] });
  });

  test("split and reduced to one value", async () => {
    const id = await send("reduce-join", { name: "Ada", lines: [1, 2, 3] });
    expect(story(id)).toEqual(["wish", "settle"]);
    expect(hub.wishes.get(`erp/id-${id}`)?.body).toMatchObject({ was: 6 });
  });

  test("twenty messages in the queue of a rate limit", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => send("rated", { name: `n${n}` })));
    expect(ids.map((id) => story(id))).toEqual(ids.map(() => ["wish", "settle"]));
  });

  test("two messages that a join made one are settled together, behind its output", async () => {
    const [a, b] = await Promise.all([send("shared", { name: "a" }), send("shared", { name: "b" })]);
    expect(hub.fate(a).settled).toBe(1);
    expect(hub.fate(b).settled).toBe(1);
    const firstSettled = hub.events.findIndex((event) => event === `settle ${a}` || event === `settle ${b}`);
    const wished = hub.events.findIndex(
      (event) => event.startsWith(`wish ${a}`) || event.startsWith(`wish ${b}`),
    );
    expect(wished).toBeLessThan(firstSettled);
  });
});

describe("never settled when something went wrong:", () => {
  test("an error nobody caught fails the message at the node that raised it", async () => {
    const id = await send("uncaught", { name: "Ada" });
    expect(failure(id)).toMatchObject({
      code: "NAVE_FLOW_FAILED",
      where: { flow: "uncaught", node: "uncaught.bad", nodeName: "bad" },
    });
  });

  test("one branch fails: the message fails after the other branch has ended", async () => {
    const id = await send("partly-bad", { name: "Ada" });
    expect(failure(id)).toMatchObject({ where: { node: "partly-bad.bad" } });
    expect(story(id)).toEqual(["wish"]);
  });

  test("one part of a split fails: the message fails", async () => {
    const id = await send("split-only", { name: "Ada", lines: [1, 2, 3] });
    expect(failure(id)).toMatchObject({ where: { node: "split-only.one" } });
  });

  test("the joined output of two messages fails: both fail", async () => {
    hub.refuse.add("c+d");
    const [c, d] = await Promise.all([send("shared", { name: "c" }), send("shared", { name: "d" })]);
    expect(failure(c)).toMatchObject({ where: { node: "shared.out" } });
    expect(failure(d)).toMatchObject({ where: { node: "shared.out" } });
  });

  test("a connection cut under an HTTP request fails the message", async () => {
    const id = await send("http-fails", { name: "Ada" });
    expect(failure(id)).toMatchObject({ where: { node: "http-fails.ask" } });
    expect(hub.paths.get(id)).toMatchObject({
      nodes: ["http-fails.in", "http-fails.merge", "http-fails.ask"],
      failedAt: "http-fails.ask",
    });
  });

  test("a message that a join still waits with fails at the time-out, naming the join", async () => {
    const id = await send("shared", { name: "alone" });
    expect(failure(id)).toMatchObject({
      text: expect.stringContaining('join "join" (shared.join)') as string,
    });
  });

  test("a node that never calls done is named at the time-out", async () => {
    const id = await send("never-done", { name: "swallow" });
    expect(failure(id)).toMatchObject({
      text: expect.stringContaining(
        'not finished within 4 s by never done "stuck" (never-done.stuck) in flow never-done',
      ) as string,
      where: { flow: "never-done", node: "never-done.stuck" },
    });
  });

  test("a node that only reports an error, without done, fails the message at once", async () => {
    const id = await send("errors-only", { name: "Ada" });
    expect(failure(id)).toMatchObject({ text: "gave up", where: { node: "errors-only.bad" } });
  });

  test("a node that sends after its done is named, held back, and its message parked", async () => {
    const id = await send("sends-late", { name: "Ada" });
    await vi.waitFor(() => expect(hub.fate(id).failures).toHaveLength(1));
    expect(hub.fate(id).failures[0]).toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      where: { node: "sends-late.late" },
    });
    expect(story(id)).toEqual(["settle"]);
  });

  test("a caught error ends as the flow says: rejected with its reason, not settled", async () => {
    const id = await send("caught", { name: "Ada" });
    expect(hub.fate(id)).toEqual({
      settled: 0,
      failures: [],
      rejections: [
        { text: expect.stringContaining("region of Ada: Error: no such region") as string, owner: "sales" },
      ],
    });
  });
});

describe("refused when loaded, by name and with the remedy:", () => {
  test("a node whose handler takes no done", () => {
    expect(flows.takes("legacy-async", "observed")).toBe(false);
    expect(flows.versions().find((flow) => flow.name === "legacy-async")).toMatchObject({
      state: "refused",
      problems: [
        expect.stringContaining('legacy async "old" (legacy-async.old) never says when it has finished'),
      ],
    });
  });

  test("a node of an unknown type, while all other flows run", () => {
    expect(flows.versions().find((flow) => flow.name === "unknown")).toMatchObject({
      state: "refused",
      problems: [expect.stringContaining('no such node "odd"')],
    });
  });
});
