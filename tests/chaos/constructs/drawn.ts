import type { NodeConfig } from "../../../src/flows/node-red.ts";
import { drawFlow, functionNode } from "../../flows/draw.ts";

type Nodes = Parameters<typeof drawFlow>[1];

/** What a message can be inside of when the hub dies; each is a branch of one flow. */
export const CONSTRUCTS = [
  "fan-out",
  "new-messages",
  "split",
  "split-join",
  "delay",
  "catch",
  "complete",
  "link",
  "subflow",
  "http",
  "palette",
] as const;
export type Construct = (typeof CONSTRUCTS)[number];

/** So long does each construct hold a message: longer than what follows it, so that kills find messages inside. */
export const HOLD_MS = 300;

/** The construct in which a node stands, by its address, and whether it is the construct itself or what follows it. */
export function whereIs(address: string): { construct: Construct; isInside: boolean } | undefined {
  const [name = ""] = address.split(".");
  const construct = CONSTRUCTS.find((one) => one === name);
  return construct && { construct, isInside: !/^[^/]*\.(reserve|note|out)/.test(address) };
}

/**
 * Customers of the CRM, each sent into the branch that its name begins with. Its note is a slip: the version, an article and
 * three quantities. Behind each construct, every copy that leaves it reserves a quantity of the article, and then the ERP shall
 * hold the customer with a note that tells by which way it came.
 *
 * @param url  Answers `/rate?of=<number>` with `{ rate }`, after a moment.
 */
export function drawConstructs(url: string): Record<string, NodeConfig[]> {
  const branches = Object.entries(branchesTo(url)).map(
    ([construct, nodes]) => [construct, prefixed(construct, nodes)] as const,
  );
  const firsts = branches.map(([, nodes]) => Object.keys(nodes)[0] ?? "");
  const constructs = drawFlow("constructs", {
    in: { type: "record in", entity: "customer", kind: "observed", system: "crm", wire: ["merge"] },
    merge: { type: "merge", echoes: "end", wire: ["which"] },
    which: {
      type: "route",
      by: "expression",
      property: "",
      expression: '$substringBefore(payload.name, " ")',
      rows: branches.map(([value]) => ({ value })),
      wire: [...firsts, "stray"],
    },
    stray: { type: "reject", reason: "no branch for {{payload.name}}", owner: "sales" },
    ...Object.assign({}, ...branches.map(([, nodes]) => nodes)),
  });
  return { _shared: slowSubflow(), constructs };
}

function branchesTo(url: string): Record<Construct, Nodes> {
  return {
    "fan-out": {
      spread: functionNode("return msg;", ["a,b,c"]),
      a: delay(HOLD_MS / 3, "reserve-a"),
      b: delay((HOLD_MS * 2) / 3, "reserve-b"),
      c: delay(HOLD_MS, "reserve-c"),
      "reserve-a": reserve(quantity("0")),
      "reserve-b": reserve(quantity("1")),
      "reserve-c": reserve(quantity("2")),
      ...end('"fan-out"'),
    },
    "new-messages": {
      make: functionNode(
        `${PAUSE} return [[0, 1, 2].map((part) =>
          ({ payload: { ...msg.payload }, nave: msg.nave, part, once: msg.nave.messageId + "/" + part }))];`,
        ["wait"],
      ),
      wait: delay(HOLD_MS / 2, "reserve"),
      reserve: { ...reserve(quantity("$$.part")), once: "once" },
      ...end('"new message"'),
    },
    split: {
      list: listLines("split"),
      split: split("wait"),
      wait: delay(HOLD_MS / 2, "reserve"),
      reserve: reserve("lines"),
      ...end('"split"'),
    },
    "split-join": {
      list: listLines("split"),
      split: split("wait"),
      wait: { ...delay(0, "join"), pauseType: "random", randomFirst: "20", randomLast: String(HOLD_MS) },
      join: joinParts("reserve"),
      reserve: reserve("$string($sum($map(lines, $number)))"),
      ...end('msg.lines.join("+")'),
    },
    delay: {
      wait: delay(HOLD_MS, "rate"),
      rate: { ...delay(0, "reserve"), pauseType: "rate", rate: "50" },
      reserve: reserve(quantity("0")),
      ...end('"delayed"'),
    },
    catch: {
      bad: functionNode(`${PAUSE} throw new Error("no such region");`, ["reserve"]),
      caught: { type: "catch", scope: ["catch.bad"], uncaught: false, wire: ["wait"] },
      wait: delay(HOLD_MS / 2, "reserve"),
      reserve: reserve(quantity("0")),
      ...end("msg.error.message.match(/no such \\w+/)[0]"),
    },
    complete: {
      work: functionNode(`${PAUSE} return null;`, [""]),
      completed: { type: "complete", scope: ["complete.work"], uncaught: false, wire: ["wait"] },
      wait: delay(HOLD_MS / 2, "reserve"),
      reserve: reserve(quantity("0")),
      ...end('"completed"'),
    },
    link: {
      leave: { type: "link out", mode: "link", links: ["link.arrive"] },
      arrive: { type: "link in", links: ["link.leave"], wire: ["wait"] },
      wait: delay(HOLD_MS / 2, "ask"),
      ask: {
        type: "link call",
        links: ["link.routine"],
        linkType: "static",
        timeout: "30",
        wire: ["reserve"],
      },
      routine: { type: "link in", links: [], wire: ["work"] },
      work: delay(HOLD_MS / 2, "mark"),
      mark: functionNode('msg.answer = "called"; return msg;', ["back"]),
      back: { type: "link out", mode: "return", links: [] },
      reserve: reserve(quantity("0")),
      ...end('"linked, " + msg.answer'),
    },
    subflow: {
      use: { type: "subflow:slow", env: [], wire: ["reserve"] },
      reserve: reserve(quantity("0")),
      ...end("msg.through"),
    },
    http: {
      keep: functionNode(
        `msg.record = msg.payload; msg.url = "${url}/rate?of=" + msg.payload.name.split(" ")[1]; return msg;`,
        ["ask"],
      ),
      ask: httpRequest("take"),
      take: functionNode("msg.rate = msg.payload.rate; msg.payload = msg.record; return msg;", ["reserve"]),
      reserve: reserve(quantity("0")),
      ...end('"rate " + msg.rate'),
    },
    palette: {
      forget: { type: "forgets the id", wire: ["eager"] },
      eager: { type: "done first", wire: ["wait"] },
      wait: delay(HOLD_MS / 2, "reserve"),
      reserve: reserve(quantity("0")),
      ...end('"from the palette"'),
    },
  };
}

const PAUSE = `await new Promise((resolve) => setTimeout(resolve, ${HOLD_MS / 2}));`;

/** One of the three quantities on the slip. */
const quantity = (place: string) => `$split(payload.note, " ")[2 + ${place}]`;

function reserve(amount: string) {
  const args = `{ "productId": $split(payload.note, " ")[1], "quantity": ${amount} }`;
  const command = { system: "erp", operation: "reserveStock", args, key: "", once: "", deadline: 3600 };
  return { type: "call", ...command, onFailure: "skip", to: "reply", wire: ["note", "", ""] };
}

/** The note that the ERP shall hold: the version, and what the construct left in the message. */
function end(text: string): Nodes {
  return {
    note: functionNode(`msg.payload.note = msg.payload.note.split(" ")[0] + " " + ${text}; return msg;`, [
      "out",
    ]),
    out: { type: "record out", to: "all", system: "" },
  };
}

function listLines(next: string) {
  return functionNode('msg.lines = msg.payload.note.split(" ").slice(2); return msg;', [next]);
}

function delay(timeoutMs: number, next: string) {
  return {
    type: "delay",
    pauseType: "delay",
    timeout: String(timeoutMs),
    timeoutUnits: "milliseconds",
    rate: "1",
    nbRateUnits: "1",
    rateUnits: "second",
    randomFirst: "1",
    randomLast: "5",
    randomUnits: "milliseconds",
    drop: false,
    allowrate: false,
    outputs: 1,
    wire: [next],
  };
}

function split(next: string) {
  const lists = {
    arraySplt: 1,
    arraySpltType: "len",
    splt: "\\n",
    spltType: "str",
    stream: false,
    addname: "",
  };
  return { type: "split", property: "lines", ...lists, wire: [next] };
}

function joinParts(next: string) {
  const unused = { build: "object", key: "topic", joiner: "\\n", joinerType: "str", accumulate: "false" };
  const whole = { property: "payload", propertyType: "msg", timeout: "", count: "", reduceRight: false };
  return { type: "join", mode: "auto", ...unused, ...whole, wire: [next] };
}

function httpRequest(next: string) {
  const plain = { tls: "", persist: false, proxy: "", insecureHTTPParser: false, authType: "", headers: [] };
  return {
    type: "http request",
    method: "GET",
    ret: "obj",
    paytoqs: "ignore",
    url: "",
    ...plain,
    senderr: true,
    wire: [next],
  };
}

/** Marks the message and holds it for a moment. */
function slowSubflow(): NodeConfig[] {
  const [, mark, wait] = drawFlow("slow", {
    mark: functionNode('msg.through = "subflow"; return msg;', ["wait"]),
    wait: delay(HOLD_MS / 2, ""),
  });
  const input = { x: 50, y: 30, wires: [{ id: "slow.mark" }] };
  const output = { x: 300, y: 30, wires: [{ id: "slow.wait", port: 0 }] };
  const subflow = { id: "slow", type: "subflow", name: "slow", info: "", in: [input], out: [output] };
  return [subflow, mark, wait].filter((node) => node !== undefined);
}

/** The nodes of a branch with the construct before their names. */
function prefixed(construct: string, nodes: Nodes): Nodes {
  const named = (names: string) =>
    names
      .split(",")
      .map((name) => (name === "" ? "" : `${construct}.${name}`))
      .join(",");
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [
      named(name),
      { ...node, ...(node.wire && { wire: node.wire.map(named) }) },
    ]),
  );
}
