import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type ServedHub, serveHub } from "../core/http/served-hub.ts";
import { chromiumPath } from "../services/chromium.ts";
import { until } from "../services/until.ts";
import { DrawingHand } from "./drawing-hand.ts";

let hub: ServedHub;
let flowsDir: string;
let browser: Browser;
let hand: DrawingHand;
const complaints: string[] = [];

beforeAll(async () => {
  flowsDir = await mkdtemp(join(tmpdir(), "nave-drawn-"));
  hub = await serveHub({ hub: { flowsDir } });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const page = await browser.newPage({ locale: "en-US", viewport: { width: 1400, height: 800 } });
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  hand = new DrawingHand(page);
  await hand.logIn(hub.url, hub.running.firstPassword ?? "");
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
  await rm(flowsDir, { recursive: true, force: true });
});

const drawn: Record<"in" | "merge" | "note" | "out", string> = { in: "", merge: "", note: "", out: "" };
let ada: string;

test("a flow is drawn from the palette with the mouse, deployed, and a record goes through it", async () => {
  drawn.in = await hand.place("record in", { x: 120, y: 100 });
  drawn.merge = await hand.place("merge", { x: 300, y: 100 });
  drawn.note = await hand.place("change", { x: 480, y: 100 });
  drawn.out = await hand.place("record out", { x: 700, y: 100 });
  await hand.wire(drawn.in, drawn.merge);
  await hand.wire(drawn.merge, drawn.note);
  await hand.wire(drawn.note, drawn.out);
  await hand.fill(drawn.in, (page) => page.fill("#node-input-entity", "customer"));
  await hand.fill(drawn.note, (page) => setProperty(page, "payload.note", "seen by the hub"));
  await hand.fill(drawn.out, async (page) => void (await page.selectOption("#node-input-to", "all")));
  await hand.deploy();
  expect(await counts()).toEqual([undefined, undefined, undefined, undefined]);

  ada = await hub.crm.insert("customer", { displayName: "Ada", type: "PERSON" });
  await until("the CRM holds the note of the flow", async () => (await note()) === "seen by the hub");
  expect(complaints).toEqual([]);
});

test("the canvas shows how many messages have come to each node", async () => {
  await until("every node counts one message", async () => (await counts()).every(isOne));
  await hub.crm.insert("customer", { displayName: "Bob", type: "PERSON" });
  await until("every node counts two", async () =>
    (await counts()).every((shown) => /^2( |$)/.test(shown ?? "")),
  );
  expect(complaints).toEqual([]);
});

test("the flow is edited and deployed again: it does what is drawn now, and counts anew", async () => {
  await hand.fill(drawn.note, (page) => setProperty(page, "payload.note", "seen once more"));
  await hand.deploy();
  await until("nothing is counted", async () => (await counts()).every((shown) => shown === undefined));
  await hub.crm.edit("customer", ada, { displayName: "Ada Lovelace" });
  await until("the CRM holds the new note", async () => (await note()) === "seen once more");
  await until("every node counts one message", async () => (await counts()).every(isOne));
  expect(await hub.crm.get("customer", ada)).toMatchObject({ displayName: "Ada Lovelace" });
  expect(complaints).toEqual([]);
});

test("what fails shows at the node where it failed", async () => {
  await hand.fill(drawn.note, (page) => setProperty(page, "nave", "lost"));
  await hand.deploy();
  await hub.crm.edit("customer", ada, { displayName: "Ada Byron" });
  await until("record out shows a failure", async () => FAILED.test((await counts()).at(-1) ?? ""));
  expect((await counts()).filter((shown) => FAILED.test(shown ?? ""))).toHaveLength(1);
});

test("the story of the record leads to the canvas, where the way of each message is shown", async () => {
  const story = await ask(`${hub.url}/api/trace?key=${ada}`, { token: hub.token });
  const hops = story.json["hops"] as { step: string; canvas?: string }[];
  const canvasOf = (step: string) => hops.findLast((hop) => hop.step === step)?.canvas ?? "";
  await hand.page.goto(hub.url + canvasOf("passed"));
  await until("all four nodes are on the way", async () => (await onPath()).length === 4);
  expect(await numbersOnPath()).toEqual(["1", "2", "3", "4"]);
  expect(await hand.page.locator(".red-ui-flow-link.nave-on-path").count()).toBe(3);
  expect(await hand.page.locator(".nave-trace-notice").textContent()).toContain("went through its flows");

  await hand.page.goto("about:blank");
  await hand.page.goto(hub.url + canvasOf("parked"));
  await until("the failing node is marked", async () => (await failedOnPath()).includes(drawn.out));
  expect(await failedOnPath()).toEqual([drawn.out]);
  const notice = hand.page.locator(".nave-trace-notice");
  expect(await notice.textContent()).toContain('failed at "all systems"');
  await notice.getByText("Close").click();
  await until("the canvas is as it was", async () => (await onPath()).length === 0);
  expect(complaints).toEqual([]);
});

test("what passes the nodes, and how, is told to nobody who may not see the flows", async () => {
  for (const address of ["traffic", `trace/${randomUUID()}`]) {
    expect((await fetch(`${hub.url}/editor/nave/${address}`)).status).toBe(401);
  }
});

function counts(): Promise<(string | undefined)[]> {
  return Promise.all(Object.values(drawn).map((id) => hand.countsAt(id)));
}

function onPath(): Promise<string[]> {
  return idsOf(".red-ui-flow-node-group.nave-on-path");
}

function failedOnPath(): Promise<string[]> {
  return idsOf(".nave-failed");
}

function idsOf(selector: string): Promise<string[]> {
  return hand.page.locator(selector).evaluateAll((found) => found.map(({ id }) => id));
}

/** In the order in which the flow is drawn. */
function numbersOnPath(): Promise<(string | null)[]> {
  return Promise.all(
    Object.values(drawn).map((id) => hand.page.locator(`[id="${id}"] .nave-step text`).textContent()),
  );
}

/** The icon of failures, and how many. */
const FAILED = /\uf00d\u2009\d/;

function isOne(shown: string | undefined): boolean {
  return /^1( |$)/.test(shown ?? "");
}

async function note(): Promise<unknown> {
  return (await hub.crm.get("customer", ada))?.["notes"];
}

/** In the form of a change node: sets the property of the message to this text. */
async function setProperty(page: Page, property: string, text: string): Promise<void> {
  const input = (name: string) =>
    page.locator(
      `#node-input-rule-container .node-input-rule-property-${name} + .red-ui-typedInput-container input`,
    );
  await input("name").first().fill(property);
  await input("value").first().fill(text);
}
