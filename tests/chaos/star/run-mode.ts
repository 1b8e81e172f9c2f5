import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../services/until.ts";
import type { Mode } from "../modes.ts";
import type { Break } from "./breaks.ts";
import { type Inflicted, inflictAll } from "./inflict.ts";
import { isByPeople, isWrite, type Native } from "./oracle/entry.ts";
import { ENTITIES } from "./oracle/fields.ts";
import { type Evidence, judge } from "./oracle/judge.ts";
import { People } from "./people.ts";
import { planEdits } from "./plan-edits.ts";
import { planFaults } from "./plan-faults.ts";
import { faultReports, type HubWrites, type ModeReport } from "./report.ts";
import { heal, type Star, startStar } from "./star.ts";
import type { HubAccount } from "./state.ts";

export type ModeOptions = {
  mode: Mode;
  seed: number;
  /** How long people work and faults are made. */
  durationMs: number;
  without?: Break | undefined;
  /** How long everything may take to come to rest afterwards. */
  restWithinMs: number;
  say?: (line: string) => void;
};

/** Of a run that has, in both modes together, 200 faults, with 20 kills of hubs and 3 each of broker and database. */
export const SHORT_RUN_MS = 40_000;
const HUBS: Record<Mode, number> = { embedded: 1, distributed: 2 };
const SAY_EVERY_MS = 5000;
/** So long nobody does anything at the end, and the hub neither takes in nor writes anything. */
const STILL_MS = 3000;
const ASK_EVERY_MS = 200;
const STOCK_WITHIN_MS = 60_000;
/** By then every hub has noticed what another has taken in. */
const NOTICED_AFTER_MS = 1500;
/** People work until the last fault is over, which takes longer than planned where hubs are slow to start. */
const LONGEST_FACTOR = 6;
/** With a star behind: read in full, for deletes that leave no trace. */
const SOURCES = [
  "crm/customer*",
  "crm/customer",
  "crm/order",
  "crm/product",
  "erp/customer",
  "erp/order",
  "erp/product",
];

/** One run in one mode: people at work, faults, rest, judgement. */
export async function runMode(options: ModeOptions): Promise<ModeReport> {
  const { mode, seed, durationMs, without, say = () => {} } = options;
  const started = performance.now();
  const minutes = Math.ceil(durationMs / 60_000);
  const star = await startStar({ mode, seed, hubs: HUBS[mode], minutes, without });
  const people = new People(star.systems);
  const faults: Inflicted[] = [];
  const aborted = new AbortController();
  const seconds = () => (performance.now() - started) / 1000;
  const progress = setInterval(() => void tell().catch(() => undefined), SAY_EVERY_MS);
  const tell = async () => {
    const up = star.hubs.filter(({ isReady }) => isReady).length;
    const killed = faults.filter(({ kind }) => kind.startsWith("hub killed")).length;
    const { crm, erp } = await hubWrites(star);
    say(
      `${mode} ${seconds().toFixed(0)} s: ${people.done} edits, ${crm.length + erp.length} writes of hubs, ${faults.length} faults, ${killed} hubs killed, ${up} up`,
    );
  };
  try {
    await Promise.all(star.hubs.map((hub) => hub.ready()));
    await takenIn(star);
    await people.stock(STOCK_WITHIN_MS);
    say(`${mode} ${seconds().toFixed(0)} s: people begin to work`);
    const working = people.work(planEdits(seed, LONGEST_FACTOR * durationMs), aborted.signal);
    const plan = planFaults(seed, mode, star.hubs.length, durationMs, without);
    await inflictAll({ star, people }, plan, (fault) => faults.push(fault));
    aborted.abort();
    await working;
    await heal(star);
    say(`${mode} ${seconds().toFixed(0)} s: everything is healed, waiting for rest`);
    const healed = performance.now();
    await rest(star, options.restWithinMs);
    const quietAfterSeconds = (performance.now() - healed) / 1000;
    const unprovoked = await watchStillness(star);
    return {
      ...(await findings(star, faults, options)),
      unprovoked,
      skipped: people.skipped,
      quietAfterSeconds,
      seconds: seconds(),
    };
  } finally {
    clearInterval(progress);
    aborted.abort();
    await star.close();
  }
}

/** Every hub may write everywhere: what it has to put off is lost to one that lacks its sweeper. */
async function takenIn(star: Star): Promise<void> {
  const since = new Date(0).toISOString();
  const isTakenIn = async () => {
    await sleep(ASK_EVERY_MS);
    const state = await star.hubs[0]?.state(since, SOURCES).catch(() => undefined);
    return state?.takingIn === 0 && state.unscanned.length === 0;
  };
  await until("every source is taken in", isTakenIn, STOCK_WITHIN_MS);
  await sleep(NOTICED_AFTER_MS);
}

/** Every source is scanned from here on, twice, and nothing is pending. What does not come to rest shows as standing. */
async function rest(star: Star, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (let round = 0; round < 2; round += 1) {
    const since = new Date().toISOString();
    const isQuiet = async () => {
      await sleep(ASK_EVERY_MS);
      const state = await star.hubs[0]?.state(since, SOURCES).catch(() => undefined);
      return state?.pending === 0 && state.unscanned.length === 0;
    };
    await until("everything is at rest", isQuiet, Math.max(0, deadline - performance.now())).catch(
      () => undefined,
    );
  }
}

async function watchStillness(star: Star): Promise<string[]> {
  const since = new Date();
  await sleep(STILL_MS);
  const state = await answered(star, (hub) => hub.state(since.toISOString(), []));
  const writes = await hubWrites(star);
  const late = [...writes.crm, ...writes.erp].filter((time) => time > since.getTime()).length;
  return [
    ...(state.messagesSince > 0
      ? [`${state.messagesSince} messages taken in within ${STILL_MS} ms of rest`]
      : []),
    ...(late > 0 ? [`${late} writes of the hub within ${STILL_MS} ms of rest`] : []),
  ];
}

async function findings(star: Star, faults: readonly Inflicted[], { mode, seed, without }: ModeOptions) {
  const account = await answered(star, (hub) => hub.account());
  const verdict = judge(await evidenceOf(star, account));
  return {
    mode,
    seed,
    ...(without && { without }),
    ...verdict,
    inDoubt: account.inDoubt,
    deadLetters: account.deadLetters,
    standing: account.standing,
    conflictsOnRecord: account.conflicts.length,
    hubStartsMs: star.hubs.flatMap(({ startsMs }) => startsMs.map(Math.round)),
    faults: faultReports(faults, await hubWrites(star)),
    unexpectedEnds: star.unexpectedEnds,
  };
}

/** A hub that is busy may need more than one question. */
async function answered<T>({ hubs }: Star, ask: (hub: Star["hubs"][number]) => Promise<T>): Promise<T> {
  const [hub] = hubs;
  if (!hub) throw new Error("there is no hub");
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(hub);
    } catch (error) {
      if (attempt >= 10) throw error;
      await sleep(1000);
    }
  }
}

async function evidenceOf({ systems }: Star, { conflicts, sightings }: HubAccount): Promise<Evidence> {
  const recordsOf = async (name: "crm" | "erp") => {
    const pairs = await Promise.all(
      ENTITIES.map(async (entity) => [entity, (await systems[name].all(entity)) as Native[]] as const),
    );
    return Object.fromEntries(pairs) as unknown as Evidence["records"]["crm"];
  };
  return {
    ledgers: { crm: await systems.crm.ledger(), erp: await systems.erp.ledger() },
    records: { crm: await recordsOf("crm"), erp: await recordsOf("erp") },
    conflicts,
    sightings,
  };
}

async function hubWrites({ systems }: Star): Promise<HubWrites> {
  const timesOf = async (name: "crm" | "erp") =>
    (await systems[name].ledger())
      .filter((entry) => isWrite(entry) && !isByPeople(entry))
      .map(({ time }) => Date.parse(time));
  return { crm: await timesOf("crm"), erp: await timesOf("erp") };
}
