import { once } from "node:events";
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { addressOf, type LiveNode, requireNodeRed, saysDone } from "../../../src/flows/node-red.ts";
import { startHub } from "../../../src/main.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import type { Orders } from "../hub-process.ts";
import { CONSTRUCTS, type Construct, whereIs } from "./drawn.ts";

/** How many copies of messages there were at the moment of death, by construct: in its branch at all, and in the construct itself. */
export type LastCount = Record<Construct, { branch: number; inside: number }>;

/**
 * So long after it is ready, a hub waits until all constructs have something to do, for `patienceMs` at most. Then it dies: at
 * once, or, with `inside`, when a message has entered a node of that construct for the `hit`-th time, or `patienceMs` later.
 */
export type Death = { afterMs: number; patienceMs: number; inside?: { construct: Construct; hit: number } };

type CompleteEvent = { node: { node: LiveNode } };
type ReceiveEvent = { destination: { node: LiveNode } };

const LOOK_EVERY_MS = 3;
const LAST_WORDS = "dies at last";

/**
 * A hub as a process of its own, which counts the copies of messages in each construct and kills itself where it was told to.
 * It says `ready`, and `dies at last <last count>` just before it kills itself.
 */
const count = Object.fromEntries(
  CONSTRUCTS.map((construct) => [construct, { branch: 0, inside: 0 }]),
) as LastCount;

const input = createInterface({ input: process.stdin });
input.once("close", () => process.exit(1));
const [line] = (await once(input, "line")) as [string];
const { config, death } = JSON.parse(line) as Orders<Death>;

let isRipe = false;
let hits = 0;
const { hooks } = requireNodeRed();
hooks.add("onReceive.kills", ({ destination }: ReceiveEvent) => countAt(destination.node, 1));
hooks.add("onComplete.kills", ({ node }: CompleteEvent) => countAt(node.node, -1));
hooks.add("postReceive.kills", ({ destination }: ReceiveEvent) => {
  const place = whereIs(addressOf(destination.node));
  if (!place?.isInside || place.construct !== death?.inside?.construct || !isRipe) return;
  // A node that is done with the message already has passed it on: it is not inside any more.
  if (count[place.construct].inside === 0) return;
  hits += 1;
  if (hits >= death.inside.hit) die();
});

function countAt(node: LiveNode, change: 1 | -1): void {
  const place = whereIs(addressOf(node));
  if (place === undefined || !saysDone(node)) return;
  const at = count[place.construct];
  at.branch += change;
  if (place.isInside) at.inside += change;
}

async function allBusy(withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  const areAllBusy = () => CONSTRUCTS.every((construct) => count[construct].branch > 0);
  while (!areAllBusy() && performance.now() < until) await sleep(LOOK_EVERY_MS);
}

function die(): void {
  writeSync(1, `${LAST_WORDS} ${JSON.stringify(count)}\n`);
  process.kill(process.pid, "SIGKILL");
}

await startHub({ config, log: createLog() });
flushCompileCache();
writeSync(1, "ready\n");
if (death !== undefined) {
  await sleep(death.afterMs);
  await allBusy(death.patienceMs);
  isRipe = true;
  if (death.inside !== undefined) await sleep(death.patienceMs);
  die();
}
