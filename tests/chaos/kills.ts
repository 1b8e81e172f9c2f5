import { LIFE_STEPS, type LifeStep } from "../../src/hub.ts";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { faultsOf } from "./far-sides.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { type Mode, settingsOf } from "./modes.ts";
import { People } from "./people.ts";
import { storiesOf } from "./stories.ts";

const BEHAVIOUR = { duplicateAs: "silence", answerAfterMs: 50 } as const;
const PEOPLE_EVERY_MS = 60;
const LOST_ANSWER_EVERY = 2;
/** A hub dies when it has been in the step for the first, second or third time. */
const LATEST_HIT = 3;
/** What the ERP commits so soon after a hub's death is the dead hub's: the next one is not that quick. */
const LATE_WITHIN_MS = 600;
const AT_PEACE_MS = 150_000;

export type KillReport = {
  hits: Record<LifeStep, number>;
  /** Deaths after which the ERP still committed a write of the dead hub's. */
  lateCommits: number;
  faults: string[];
  /** What did not come to rest. */
  standing: string[];
  inDoubt: number;
  deadLetters: number;
  openIntents: number;
  customers: number;
  orders: number;
  seconds: number;
};

/**
 * Kills a hub in each step so many times, starting it again on the same store after each, while people work in both
 * systems and now and then an answer of the ERP is lost; then lets it come to rest, and looks at the systems.
 *
 * @throws when a hub does not get to the step in which it is to be killed.
 */
export async function killEverywhere(
  mode: Mode,
  hitsPerStep: number,
  onRound: (round: number) => void = () => {},
): Promise<KillReport> {
  const started = performance.now();
  const settings = await settingsOf(mode);
  const star = await startStar({
    hub: settings.hub,
    crm: { misbehave: BEHAVIOUR },
    erp: { misbehave: BEHAVIOUR },
  });
  try {
    const people = new People(star, PEOPLE_EVERY_MS);
    await people.stock();
    await star.quiet();
    await star.stopHub();
    people.start();
    const deaths = await killAll(star, people, hitsPerStep, onRound);
    await people.stop();
    await star.startHub();
    const standing = await star.quiet(AT_PEACE_MS).then(
      () => [],
      () => standingStill(star),
    );
    const hits = Object.fromEntries(
      LIFE_STEPS.map((step) => [step, deaths.filter((death) => death.step === step).length]),
    ) as Record<LifeStep, number>;
    const lateCommits = await countLateCommits(star, deaths);
    const seconds = (performance.now() - started) / 1000;
    return { hits, lateCommits, ...(await lookAt(star, people)), standing, seconds };
  } finally {
    await star.close();
    await settings.drop();
  }
}

type Death = { step: LifeStep; at: number };

async function killAll(
  star: Star,
  people: People,
  hitsPerStep: number,
  onRound: (round: number) => void,
): Promise<Death[]> {
  const deaths: Death[] = [];
  let standby = new HubInAProcess();
  try {
    for (let round = 0; round < hitsPerStep; round += 1) {
      people.makeMore(30, 40);
      for (const [index, step] of LIFE_STEPS.entries()) {
        const isLost = (round + index) % LOST_ANSWER_EVERY === 0;
        if (isLost) await star.erp.misbehave({ lostAfterWriteNext: 1, commitAfterMs: (index * 97) % 400 });
        const hub = standby;
        hub.begin(star.config, { step, hit: isLost ? 1 : 1 + ((round + index) % LATEST_HIT) });
        standby = new HubInAProcess();
        await hub.diesAt(step);
        deaths.push({ step, at: Date.now() });
      }
      onRound(round + 1);
    }
  } finally {
    await standby.kill();
  }
  return deaths;
}

async function countLateCommits({ erp }: Star, deaths: readonly Death[]): Promise<number> {
  const writes = (await erp.ledger())
    .filter(({ kind, method }) => method === "Save" && ["create", "update"].includes(kind))
    .map(({ time }) => Date.parse(time));
  return deaths.filter(({ at }) => writes.some((time) => time > at && time < at + LATE_WITHIN_MS)).length;
}

async function lookAt(star: Star, people: People) {
  const { db } = star.running.hub;
  const { inDoubt, deadLetters } = await countForPersons(db);
  const [row] = await db.query<{ count: number }>(
    "select count(*)::int as count from nave.intent where state in ('open', 'in-doubt')",
  );
  const faults = await faultsOf(star, people);
  for (const line of await storiesOf(star, faults)) console.log(line);
  return {
    faults,
    inDoubt,
    deadLetters,
    openIntents: row?.count ?? 0,
    customers: people.customers.size,
    orders: people.orders.size,
  };
}

/** What is pending though it had time, in words. */
export async function standingStill(star: Star): Promise<string[]> {
  const rows = await star.running.hub.db.query<{ text: string }>(
    `select format('wish %s/%s/%s %s, attempts %s, claimed by %s until %s, due %s, intent %s, local id %s, known %s: %s',
       w.system, w.entity, w.canonical_id, w.state, w.attempts, w.claimed_by, w.claimed_until, w.due_at, i.id, x.local_id,
       s.known, w.error) as text
     from nave.wish w left join nave.intent i on i.system = w.system and i.entity = w.entity
       and i.canonical_id = w.canonical_id and i.state = 'open'
     left join nave.cross_reference x on x.system = w.system and x.entity = w.entity and x.canonical_id = w.canonical_id
     left join nave.shadow s on s.system = w.system and s.entity = w.entity and s.local_id = x.local_id
     where w.state in ('open', 'waiting')
     union all select format('message %s of %s/%s/%s %s, due %s, published %s, attempts %s: %s', id, system, entity,
       local_id, state, due_at, published_at, attempts, error) from nave.message where state in ('accepted', 'waiting')`,
  );
  return rows.map((row) => row.text);
}

/** One line per step for the table at the end. */
export function tableOf(reports: Record<string, KillReport>): string {
  const modes = Object.keys(reports);
  const head = ["step".padEnd(14), ...modes.map((mode) => mode.padStart(12))].join("");
  const rows = LIFE_STEPS.map((step) =>
    [step.padEnd(14), ...modes.map((mode) => String(reports[mode]?.hits[step] ?? 0).padStart(12))].join(""),
  );
  const line = (name: string, value: (report: KillReport) => string | number) =>
    [name.padEnd(14), ...modes.map((mode) => String(value(reports[mode] as KillReport)).padStart(12))].join(
      "",
    );
  return [
    head,
    ...rows,
    line("late commits", (report) => report.lateCommits),
    line("customers", (report) => report.customers),
    line("orders", (report) => report.orders),
    line("lost, doubled", (report) => report.faults.length),
    line("in doubt", (report) => report.inDoubt),
    line("dead letters", (report) => report.deadLetters),
    line("seconds", (report) => report.seconds.toFixed(0)),
  ].join("\n");
}
