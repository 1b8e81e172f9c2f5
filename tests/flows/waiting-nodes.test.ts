import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WaitRequest } from "../../src/flows/hub-port.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, drawFlow, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
hub.systems = ["erp"];
let flows: FlowRuntime;

const collecting = (wire: string[]) => ({
  type: "collect",
  key: "payload.name",
  count: "2",
  most: "10",
  wire,
});
/** Makes a record of what was collected, by which a wish shows what has left. */
const toRecord = functionNode(
  "const items = msg.payload; msg.nave = items[0].nave; msg.payload = { name: items.map((i) => i.payload.name).join('+') }; return msg;",
  ["out"],
);
const rejecting = { type: "reject", reason: "{{nave.waited.endedBy}}", owner: "sales" };

/** Collects in a subflow: the nodes in it are given new ids at each start. */
function drawSubflow(): NodeConfig[] {
  const inside = drawFlow("collector", {
    gather: { ...collecting(["", "no"]) },
    no: rejecting,
  }).filter((node) => node.type !== "tab");
  const template: NodeConfig = {
    id: "collector",
    type: "subflow",
    name: "collector",
    in: [{ x: 50, y: 30, wires: [{ id: "collector.gather" }] }],
    out: [{ x: 200, y: 30, wires: [{ id: "collector.gather", port: 0 }] }],
    env: [],
  };
  return [template, ...inside];
}

beforeAll(async () => {
  const dirs = await writeFlows({
    _shared: drawSubflow(),
    plain: drawBetween("plain", {
      gather: collecting(["record", "no"]),
      record: toRecord,
      no: rejecting,
    }),
    parts: drawBetween("parts", {
      lines: functionNode("msg.payload = msg.payload.lines; return msg;", ["split"]),
      split: {
        type: "split",
        splt: "\\n",
        spltType: "str",
        arraySplt: "1",
        arraySpltType: "len",
        stream: false,
        addname: "",
        wire: ["gather"],
      },
      gather: { ...collecting(["record", "no"]), key: '"lines"' },
      record: toRecord,
      no: rejecting,
    }),
    copies: drawBetween("copies", {
      three: functionNode("return [[1, 2, 3].map((n) => ({ payload: { n }, nave: msg.nave }))];", ["gather"]),
      gather: { ...collecting(["record", "no"]), key: '"copies"' },
      record: toRecord,
      no: rejecting,
    }),
    within: drawBetween("within", {
      up: { type: "subflow:collector", env: [], wire: ["record"] },
      record: toRecord,
    }),
    unkept: drawBetween("unkept", {
      spoil: functionNode("msg.payload.when = new Date(); return msg;", ["gather"]),
      gather: collecting(["record", "no"]),
      record: toRecord,
      no: rejecting,
    }),
    deadline: drawBetween("deadline", {
      start: {
        type: "deadline",
        mode: "start",
        deadline: "answer",
        key: "payload.name",
        dueType: "duration",
        due: "2 h",
        missedPayload: '{ "name": payload.name & " is late" }',
        wire: ["out", "late"],
      },
      late: functionNode("return msg;", ["out"]),
    }),
    met: drawBetween("met", {
      meet: { type: "deadline", mode: "meet", deadline: "answer", key: "payload.name", wire: ["out"] },
    }),
    timed: drawFlow("timed", {
      daily: {
        type: "schedule",
        by: "cron",
        cron: "0 8 * * *",
        zone: "Europe/Berlin",
        missed: "skip",
        wire: ["no"],
      },
      no: { type: "reject", reason: "due {{payload.due}}", owner: "sales" },
    }),
    draft: drawBetween("draft", {
      gather: collecting(["record", "no"]),
      record: toRecord,
      no: rejecting,
    }).map((node) => (node.type === "tab" ? { ...node, disabled: true } : node)),
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog(), timeoutMs: 3000 });
});
afterAll(() => flows.stop());

async function send(entity: string, body: Record<string, string | string[]>): Promise<string> {
  const id = hub.observed(entity, body);
  await flows.accept(id);
  return id;
}

const handedOver = (messageId: string): WaitRequest[] =>
  [...hub.waits.values()].filter((request) => request.messageId === messageId);
const story = (id: string) =>
  hub.events.filter((event) => event.includes(id)).map((event) => event.split(" ")[0]);

/** What was handed over of this message, as the collection of which it is a part. */
async function goesOn(messageId: string, output: number): Promise<string> {
  const requests = handedOver(messageId);
  const items = requests.flatMap((request) => (request.kind === "collect" ? [request.item] : []));
  const [first] = requests;
  if (first === undefined) throw new Error(`message ${messageId} was not handed over`);
  const id = hub.goesOn(first, output, { payload: items, nave: { waited: { endedBy: "maximum" } } });
  await flows.resume(id);
  return id;
}

describe("a message that waits", () => {
  test("is handed over with its place, and settled after that", async () => {
    const id = await send("plain", { name: "Ada" });
    expect(story(id)).toEqual(["wait", "settle"]);
    const { version } = flows.versions().find((flow) => flow.name === "plain") ?? {};
    expect(handedOver(id)).toEqual([
      {
        kind: "collect",
        messageId: id,
        part: "",
        place: { flow: "plain", flowVersion: version, node: "plain.gather" },
        where: 'collect "gather" (plain.gather) in flow plain',
        key: "Ada",
        item: { payload: { name: "Ada" }, nave: expect.objectContaining({ messageId: id, entity: "plain" }) },
        rules: { count: 2, most: 10 },
      },
    ]);
  });

  test.each([
    ["parts", { lines: ["a", "b", "c"] }],
    ["copies", { name: "Ada" }],
  ])("arrives with each of its %s once, however often it comes", async (entity, body) => {
    const id = await send(entity, body);
    const first = handedOver(id).map(({ part }) => part);
    expect(new Set(first).size).toBe(3);
    await flows.accept(id);
    expect(handedOver(id).map(({ part }) => part)).toEqual(first);
  });

  test("is not settled when it cannot be kept; the property is named", async () => {
    const id = await send("unkept", { name: "Ada" });
    expect(hub.fate(id)).toMatchObject({
      settled: 0,
      failures: [
        {
          text: expect.stringContaining("msg.payload.when cannot be kept") as string,
          where: { flow: "unkept", node: "unkept.gather" },
        },
      ],
    });
  });

  test("is not settled when its key is missing", async () => {
    const id = await send("plain", { other: "x" });
    const text = "the expression payload.name finds no key in the message";
    expect(hub.fate(id).failures).toMatchObject([{ text, where: { node: "plain.gather" } }]);
  });
});

describe("what goes on", () => {
  test("leaves the output of the node that waited, as a message of its own that is settled when its flow has completed", async () => {
    const cause = await send("plain", { name: "Bo" });
    const id = await goesOn(cause, 0);
    expect(hub.wishes.get(`erp/id-${cause}`)?.body).toEqual({ name: "Bo" });
    expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  });

  test("leaves it inside a subflow too", async () => {
    const cause = await send("within", { name: "Cy" });
    expect(handedOver(cause)[0]?.place.node).toBe("within.up/collector.gather");
    const id = await goesOn(cause, 0);
    expect(hub.wishes.get(`erp/id-${cause}`)?.body).toEqual({ name: "Cy" });
    expect(hub.fate(id).settled).toBe(1);
  });

  test("fails by itself when a node behind fails", async () => {
    hub.refuse.add("Di");
    const cause = await send("plain", { name: "Di" });
    const id = await goesOn(cause, 0);
    expect(hub.fate(id).failures).toMatchObject([{ where: { flow: "plain", node: "plain.out" } }]);
    expect(hub.fate(cause)).toEqual({ settled: 1, failures: [], rejections: [] });
  });

  test("is what a reject node rejects, not what was collected", async () => {
    const cause = await send("plain", { name: "Ed" });
    const id = await goesOn(cause, 1);
    expect(hub.fate(id)).toEqual({
      settled: 0,
      failures: [],
      rejections: [{ text: "maximum", owner: "sales" }],
    });
    expect(hub.fate(cause).rejections).toEqual([]);
  });

  test("is not mixed up with what arrives at the same moment", async () => {
    const causes = await Promise.all(
      Array.from({ length: 100 }, (_, n) => send("plain", { name: `many ${n}` })),
    );
    const both = await Promise.all(
      causes.map(async (cause, n) => [await goesOn(cause, 0), await send("plain", { name: `more ${n}` })]),
    );
    const wrong = both.flat().filter((id) => hub.fate(id).settled !== 1);
    expect(wrong).toEqual([]);
  });

  test("shares no fate with what its node hands over in the same turn", async () => {
    hub.refuse.add("Jo");
    const [request] = handedOver(await send("plain", { name: "Jo" }));
    if (request === undefined) throw new Error("not handed over");
    const items = [
      { payload: { name: "Jo" }, nave: { canonicalId: "c", version: 1, messageId: "m", entity: "plain" } },
    ];
    const ends: string[] = [];
    for (let ticks = 0; ticks < 40; ticks += 1) {
      const { promise: start, resolve } = Promise.withResolvers<void>();
      // The two go on from the same promise, so many ticks apart.
      hub.wait = async (one) => {
        resolve();
        await start;
        for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
        return MemoryHub.prototype.wait.call(hub, one);
      };
      hub.openResumed = async (id) => {
        await start;
        return MemoryHub.prototype.openResumed.call(hub, id);
      };
      const resumed = hub.goesOn(request, 0, { payload: items, nave: {} });
      const [arrived] = await Promise.all([send("plain", { name: `tick ${ticks}` }), flows.resume(resumed)]);
      ends.push(`${hub.fate(arrived).settled} settled, ${hub.fate(resumed).failures.length} failed`);
    }
    hub.wait = MemoryHub.prototype.wait.bind(hub);
    hub.openResumed = MemoryHub.prototype.openResumed.bind(hub);
    expect(new Set(ends)).toEqual(new Set(["1 settled, 1 failed"]));
  });

  test.each([
    ["the node is gone", { node: "plain.gone" }, 0, "node plain.gone of flow plain"],
    ["the output is gone", { node: "plain.gather" }, 2, "node plain.gather with output 3 of flow plain"],
    ["the flow is disabled", { flow: "draft", node: "draft.gather" }, 0, "node draft.gather of flow draft"],
  ])("is held when %s: the error names flow, version and node", async (_case, elsewhere, output, words) => {
    const cause = await send("plain", { name: "Flo" });
    const [request] = handedOver(cause);
    if (request === undefined) throw new Error("not handed over");
    const place = { ...request.place, flowVersion: "0123456789ab", ...elsewhere };
    const id = hub.goesOn({ ...request, place }, output, { payload: [], nave: {} });
    await flows.resume(id);
    expect(hub.fate(id)).toMatchObject({
      settled: 0,
      failures: [{ code: "NAVE_FLOW_MISSING", where: place }],
    });
    expect(hub.fate(id).failures[0]?.text).toContain(`${words}, where it waited at version 0123456789ab`);
  });
});

describe("a deadline", () => {
  test("is handed over with what leaves when it is missed, and lets the message go on at once", async () => {
    const id = await send("deadline", { name: "Gus" });
    expect(story(id)).toEqual(["wait", "wish", "settle"]);
    expect(handedOver(id)).toMatchObject([
      {
        kind: "deadline",
        key: "answer/Gus",
        due: { afterMs: 7_200_000 },
        message: { payload: { name: "Gus is late" }, nave: { canonicalId: `id-${id}` } },
      },
    ]);
  });

  test("sends what was missed by its second output", async () => {
    const cause = await send("deadline", { name: "Hal" });
    const [request] = handedOver(cause);
    if (request?.kind !== "deadline") throw new Error("not handed over");
    const id = hub.goesOn(request, 1, request.message);
    await flows.resume(id);
    expect(hub.wishes.get(`erp/id-${cause}`)).toMatchObject({ messageId: id, body: { name: "Hal is late" } });
    expect(hub.fate(id).settled).toBe(1);
  });

  test("is met under its name and key, and lets the message that meets it go on", async () => {
    const id = await send("met", { name: "Ida" });
    expect([...hub.met.values()].find((one) => one.messageId === id)).toMatchObject({ key: "answer/Ida" });
    expect(story(id)).toEqual(["wish", "settle"]);
  });
});

describe("a schedule", () => {
  test("is known with its timetable while it is deployed; what is a draft is not", () => {
    const waiters = flows.waiters();
    expect(waiters.find(({ place }) => place.node === "timed.daily")).toMatchObject({
      outputs: 1,
      plan: { cron: "0 8 * * *", zone: "Europe/Berlin", missed: "skip" },
    });
    expect(waiters.filter(({ place }) => place.flow === "draft")).toEqual([]);
  });

  test("fires into its flow, as a message of its own", async () => {
    const place = flows.waiters().find((one) => one.place.node === "timed.daily")?.place;
    if (place === undefined) throw new Error("not deployed");
    const request = { place } as WaitRequest;
    const id = hub.goesOn(request, 0, { payload: { due: "2026-11-20T07:00:00.000Z" }, nave: {} });
    await flows.resume(id);
    expect(hub.fate(id).rejections).toEqual([{ text: "due 2026-11-20T07:00:00.000Z", owner: "sales" }]);
  });
});
