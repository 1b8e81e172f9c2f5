import { fill, takeModels } from "../stage/filled-star.ts";
import { type BenchStar, untilArrived, withStar } from "../stage/star.ts";
import { TWO_SYSTEMS } from "./customer-sync.ts";
import type { Figures, Run, Workload } from "./workload.ts";

const FIRST = 10_000;
/** Numbers of the customers that are moved, away from those that are stored. */
const MOVED_FROM = 20_000_000;
const MOVED = 5000;

type Step = { stored: number; recordsPerSecond: number; rssMb: number };

/** The same customer sync, each time with ten times as many customers stored, and everything that the hub keeps of them. */
export const growth: Workload = {
  name: "h",
  title: "growth, from 10,000 stored records",
  unit: "share of first",
  records: 10_000_000,
  run: (run) => withStar("distributed", TWO_SYSTEMS, (star) => measure(star, run)),
};

async function measure(star: BenchStar, { records, say }: Run): Promise<Figures> {
  await takeModels(star);
  const steps: Step[] = [];
  let stored = 0;
  for (const size of sizesUpTo(records)) {
    await fill(star, { from: stored + 1, count: size - stored, stories: 1 }, say);
    stored = size;
    say(`moving ${MOVED} beside ${size} stored`);
    steps.push(await move(star, size, MOVED_FROM + steps.length * MOVED, say));
  }
  return figures(steps);
}

/** 10^4, 10^5 and so on; of a number between, that one last. */
export function sizesUpTo(records: number): number[] {
  const sizes = [];
  for (let size = Math.min(FIRST, records); size < records; size *= 10) sizes.push(size);
  return [...sizes, records];
}

async function move(star: BenchStar, stored: number, from: number, say: Run["say"]): Promise<Step> {
  const { size } = await star.systems.stats("erp", "customer");
  const started = await star.systems.seed("customer", from, MOVED);
  const ended = await untilArrived(star, ["erp", "customer"], size + MOVED, (now) =>
    say(`${now - size} of ${MOVED} moved beside ${stored} stored`),
  );
  const rssMb = star.hub.process.memory()?.rssMb ?? Number.NaN;
  return { stored, recordsPerSecond: MOVED / ((ended - started) / 1000), rssMb };
}

function figures(steps: readonly Step[]): Figures {
  const told = steps.map(({ stored, recordsPerSecond, rssMb }) => [
    `with ${stored.toLocaleString("en")} stored`,
    `${recordsPerSecond.toFixed(0)} records/s, ${rssMb.toFixed(0)} MB`,
  ]);
  const points = (value: (step: Step) => number) =>
    steps.map((step): [number, number] => [step.stored, value(step)]);
  return {
    nave: (steps.at(-1)?.recordsPerSecond ?? Number.NaN) / (steps[0]?.recordsPerSecond ?? Number.NaN),
    rssMb: Math.max(...steps.map(({ rssMb }) => rssMb)),
    details: Object.fromEntries(told),
    plots: [
      {
        title: "Throughput and memory as the store grows",
        xTitle: "customers stored",
        series: [
          { name: "throughput", unit: "records/s", points: points((step) => step.recordsPerSecond) },
          { name: "resident memory of the hub", unit: "MB", points: points((step) => step.rssMb) },
        ],
      },
    ],
  };
}
