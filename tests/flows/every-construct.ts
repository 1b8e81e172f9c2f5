import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { WishRequest } from "../../src/flows/hub-port.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { startFlows } from "../../src/flows/runtime.ts";
import type { MessagePath } from "../../src/flows/tracking/message-path.ts";
import { delay, httpRequest, join, joinTwo, split, upperLater } from "./core-nodes.ts";
import { drawFlow, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

/** Messages in the flow at the same moment. */
const UNDER_WAY = 100;
const LONGEST_WISH_MS = 4;

/** How many effects each branch has for one message, by the node that begins it; two messages of a join have one together. */
const EFFECTS = {
  delay: 1,
  make: 3,
  timer: 1,
  await: 1,
  split: 1,
  parts: 3,
  throws: 1,
  ends: 1,
  leave: 1,
  call: 1,
  upper: 1,
  ask: 1,
  switch: 1,
  route: 1,
  eager: 1,
  anonymous: 1,
  twice: 1,
  two: 0.5,
};
const EFFECTS_OF_A_PAIR = 2 * Object.values(EFFECTS).reduce((sum, effects) => sum + effects, 0);

/** What was wrong with a message: settled before its last effect, more than once, or not at all. */
export type Untimely = { messageId: string; text: string };

/** Sends messages through a flow that holds every construct that the hub promises to count; each ends in effects that take a while. */
export async function sendThroughEveryConstruct(messages: number): Promise<Untimely[]> {
  const hub = new TimingHub();
  const server = await slowServer();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const flows = await startFlows({ hub, ...(await writeFlows(drawEverything(url))), log: recordingLog() });
  try {
    const ids = Array.from({ length: messages }, (_, n) => hub.observed("everything", bodyOf(n)));
    const next = ids.values();
    const work = async (): Promise<void> => {
      for (const id of next) await flows.accept(id);
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, work));
    await sleep(20 * LONGEST_WISH_MS);
    return ids.flatMap((id) => hub.untimely(id));
  } finally {
    await flows.stop();
    server.closeAllConnections();
    server.close();
  }
}

function bodyOf(n: number): Record<string, string | number[]> {
  return { name: `n${n}`, lines: [1, 2, 3] };
}

/** Notes for each message when its effects were done, and when it was settled. */
class TimingHub extends MemoryHub {
  readonly #effects = new Map<string, number>();
  readonly #atSettle = new Map<string, number>();
  /** The messages that a join made one, by each of them. */
  readonly #pairs = new Map<string, readonly string[]>();

  override async wish(request: WishRequest): Promise<void> {
    await sleep(Math.random() * LONGEST_WISH_MS);
    const { pair } = request.body;
    const ids = Array.isArray(pair) ? (pair as string[]) : [request.messageId];
    if (ids.length > 1) for (const id of ids) this.#pairs.set(id, ids);
    for (const id of ids) this.#effects.set(id, this.#of(id) + 1 / ids.length);
  }

  override async settle(messageId: string, path: () => MessagePath): Promise<void> {
    this.#atSettle.set(messageId, this.#effectsOfPair(messageId));
    await super.settle(messageId, path);
  }

  untimely(messageId: string): Untimely[] {
    const { settled, failures } = this.fate(messageId);
    const [then, now] = [this.#atSettle.get(messageId), this.#effectsOfPair(messageId)];
    if (settled === 1 && then === EFFECTS_OF_A_PAIR && now === then && failures.length === 0) return [];
    const failed = failures.map((failure) => failure.text).join();
    const text = `settled ${settled} times, after ${then} of ${now} effects of ${EFFECTS_OF_A_PAIR}; ${failed}`;
    return [{ messageId, text }];
  }

  #effectsOfPair(messageId: string): number {
    return (this.#pairs.get(messageId) ?? []).reduce((sum, id) => sum + this.#of(id), 0);
  }

  #of(messageId: string): number {
    return this.#effects.get(messageId) ?? 0;
  }
}

async function slowServer(): Promise<Server> {
  const server = createServer((_request, response) => {
    setTimeout(() => response.setHeader("content-type", "application/json").end('{"rate":1}'), 2);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const shortly = (wire: string[]) => ({
  ...delay("0", wire),
  pauseType: "random",
  randomFirst: "1",
  randomLast: "8",
  randomUnits: "milliseconds",
});

function drawEverything(url: string): Record<string, NodeConfig[]> {
  const record = functionNode("msg.payload = { name: msg.nave.messageId }; return msg;", ["out"]);
  const branches = {
    delay: shortly(["out"]),
    make: functionNode("return [[1, 2, 3].map((n) => ({ payload: { n }, nave: msg.nave }))];", ["wait"]),
    wait: shortly(["out"]),
    timer: functionNode("setTimeout(() => { node.send(msg); node.done(); }, 3);", ["out"]),
    await: functionNode("await new Promise((resolve) => setTimeout(resolve, 3)); return msg;", ["out"]),
    split: split(["travel"]),
    travel: shortly(["join"]),
    join: join(["out"]),
    parts: split(["part"]),
    part: functionNode("msg.payload = { name: msg.payload.name }; return msg;", ["wait"]),
    throws: functionNode("throw new Error('no such region');", ["out"]),
    catch: { type: "catch", scope: ["everything.throws"], uncaught: false, wire: ["wait"] },
    ends: functionNode("return null;", [""]),
    complete: { type: "complete", scope: ["everything.ends"], uncaught: false, wire: ["wait"] },
    leave: { type: "link out", mode: "link", links: ["elsewhere.arrive"] },
    call: {
      type: "link call",
      links: ["everything.routine"],
      linkType: "static",
      timeout: "30",
      wire: ["out"],
    },
    routine: { type: "link in", links: [], wire: ["back-later"] },
    "back-later": shortly(["back"]),
    back: { type: "link out", mode: "return", links: [] },
    upper: { type: "subflow:sub", env: [], wire: ["out"] },
    ask: httpRequest(url, ["record"]),
    record,
    switch: {
      type: "switch",
      property: "payload.name",
      propertyType: "msg",
      rules: [{ t: "nempty" }],
      checkall: "true",
      repair: false,
      outputs: 1,
      wire: ["out"],
    },
    route: {
      type: "route",
      by: "expression",
      property: "",
      expression: "'this'",
      rows: [{ value: "this" }],
      wire: ["out", ""],
    },
    eager: { type: "done first", wire: ["wait"] },
    anonymous: { type: "forgets the id", wire: ["wait"] },
    twice: { type: "done twice", wire: ["wait"] },
    two: functionNode("msg.payload = msg.nave.messageId; return msg;", ["together"]),
    together: joinTwo(["pair"]),
    pair: functionNode("msg.payload = { pair: msg.payload }; return msg;", ["out"]),
  };
  const out = { type: "record out", to: "system", system: "erp" };
  return {
    _shared: upperLater,
    everything: drawFlow("everything", {
      in: { type: "record in", entity: "everything", kind: "observed", system: "", wire: ["merge"] },
      merge: { type: "merge", echoes: "end", wire: [Object.keys(EFFECTS).join()] },
      ...branches,
      out,
    }),
    elsewhere: drawFlow("elsewhere", {
      arrive: { type: "link in", links: ["everything.leave"], wire: ["wait"] },
      wait: shortly(["out"]),
      out,
    }),
  };
}
