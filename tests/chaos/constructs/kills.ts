import { cp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { type Star, startStar } from "../../core/hub/star.ts";
import { writeFlows } from "../../flows/draw.ts";
import { HubInAProcess } from "../hub-in-a-process.ts";
import { standingStill } from "../kills.ts";
import { type Mode, settingsOf } from "../modes.ts";
import { Customers } from "./customers.ts";
import { CONSTRUCTS, type Construct, drawConstructs, HOLD_MS } from "./drawn.ts";
import type { Death, LastCount } from "./hub-process.ts";
import { type Comparison, compareWithModel, rateOf } from "./model.ts";

const ENTRY = fileURLToPath(new URL("./hub-process.ts", import.meta.url));
const LATEST_HIT = 3;
const ERP_ANSWERS_AFTER_MS = 20;
const AT_PEACE_MS = 300_000;

export type Plan = {
  /** Kills in all, at the least. */
  kills: number;
  /** Of them, aimed at each construct itself; the others come at any moment. */
  aimedAtEach: number;
  /** Goes on, within bounds, until each construct had a message in it at so many kills. */
  busyAtEach: number;
  /** Messages of each construct under way at a time. */
  underWayEach: number;
  /** So long after it is ready a hub is killed at the latest. */
  livesMs: number;
  /** Until then it is killed only when every construct has a message in it. */
  patienceMs: number;
};

export type ConstructReport = Comparison & {
  kills: number;
  /** Kills at which a message was in the branch of the construct, and in the construct itself. */
  hits: Record<Construct, { branch: number; inside: number }>;
  requests: number;
  standing: string[];
  deadLetters: string[];
  seconds: number;
};

/**
 * Kills the hub again and again while messages are in every construct that the hub counts through, lets the last hub come to
 * rest, and compares the ERP with a model of the flow.
 *
 * @throws when a hub does not get to where it is to be killed.
 */
export async function killInsideConstructs(
  mode: Mode,
  plan: Plan,
  onKill: (report: Pick<ConstructReport, "kills" | "hits">) => void = () => {},
): Promise<ConstructReport> {
  const started = performance.now();
  const server = await startRates();
  const settings = await settingsOf(mode);
  const { flowsDir, userDir } = await writeFlows(drawConstructs(server.url));
  const root = join(flowsDir, "..");
  const dataDir = join(root, "data");
  await cp(join(userDir, "node_modules"), join(dataDir, "node-red", "node_modules"), { recursive: true });
  const star = await startStar({
    hub: { ...settings.hub, flowsDir, dataDir },
    crm: {},
    erp: { misbehave: { answerAfterMs: ERP_ANSWERS_AFTER_MS } },
    systems: {
      crm: { entities: { customer: { take: true, give: false } } },
      erp: { entities: { customer: { take: false, give: true } } },
    },
  });
  try {
    await star.stopHub();
    const customers = new Customers(star, plan.underWayEach);
    const { kills, hits } = await killAll(star, customers, plan, onKill);
    await star.startHub();
    const standing = await star.quiet(AT_PEACE_MS).then(
      () => [],
      () => standingStill(star),
    );
    const letters = await listDeadLetters(star.running.hub.db, 100);
    const deadLetters = letters.map(({ text }) => text);
    const seconds = (performance.now() - started) / 1000;
    const compared = await compareWithModel(star.erp, customers.slips);
    return { ...compared, kills, hits, requests: server.requests(), standing, deadLetters, seconds };
  } finally {
    await star.close();
    await settings.drop();
    await server.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function killAll(
  star: Star,
  customers: Customers,
  plan: Plan,
  onKill: (report: Pick<ConstructReport, "kills" | "hits">) => void,
): Promise<Pick<ConstructReport, "kills" | "hits">> {
  const hits = Object.fromEntries(
    CONSTRUCTS.map((construct) => [construct, { branch: 0, inside: 0 }]),
  ) as ConstructReport["hits"];
  const isEnough = (kills: number) =>
    kills >= plan.kills && CONSTRUCTS.every((construct) => hits[construct].branch >= plan.busyAtEach);
  const firstAim = Math.floor(Math.random() * CONSTRUCTS.length);
  customers.start();
  let standby = new HubInAProcess<Death>(ENTRY);
  let kills = 0;
  try {
    for (; !isEnough(kills) && kills < plan.kills * 1.5; kills += 1) {
      const death = deathOf(kills, firstAim, plan);
      const hub = standby;
      hub.begin(star.config, death);
      standby = new HubInAProcess<Death>(ENTRY);
      const last = JSON.parse(await hub.diesAt("last")) as LastCount;
      for (const construct of CONSTRUCTS) {
        if (last[construct].branch > 0) hits[construct].branch += 1;
        if (last[construct].inside > 0) hits[construct].inside += 1;
      }
      onKill({ kills: kills + 1, hits });
    }
  } finally {
    await Promise.all([standby.kill(), customers.stop()]);
  }
  return { kills, hits };
}

/** The aimed ones first, construct by construct, in each run from another one on. */
function deathOf(kill: number, firstAim: number, { aimedAtEach, livesMs, patienceMs }: Plan): Death {
  const when = { afterMs: Math.floor(Math.random() * livesMs), patienceMs };
  const construct = CONSTRUCTS[(firstAim + kill) % CONSTRUCTS.length];
  if (construct === undefined || kill >= aimedAtEach * CONSTRUCTS.length) return when;
  return { ...when, inside: { construct, hit: 1 + Math.floor(Math.random() * LATEST_HIT) } };
}

/** The server that the flow asks by HTTP. */
async function startRates() {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const of = Number(new URL(request.url ?? "", "http://localhost").searchParams.get("of"));
    const answer = JSON.stringify({ rate: rateOf(of) });
    setTimeout(() => response.setHeader("content-type", "application/json").end(answer), HOLD_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** One line per construct. */
export function tableOfConstructs(report: ConstructReport): string {
  const head = [
    "kills: in the branch",
    "in the construct",
    "messages",
    "effects expected",
    "found",
    "lost",
    "doubled",
  ];
  const row = (name: string, cells: readonly (string | number)[]) =>
    [
      name.padEnd(14),
      ...cells.map((cell, index) => String(cell).padStart((head[index]?.length ?? 0) + 2)),
    ].join("");
  const rows = CONSTRUCTS.map((construct) => {
    const { branch, inside } = report.hits[construct];
    const { messages, expected, found, lost, doubled } = report.tallies[construct];
    return row(construct, [branch, inside, messages, expected, found, lost, doubled]);
  });
  const { kills, requests, deadLetters, seconds } = report;
  const rest = `${kills} kills, ${requests} HTTP requests, ${deadLetters.length} dead letters, ${seconds.toFixed(0)} s`;
  return [row("", head), ...rows, rest].join("\n");
}
