import { fill, takeModels } from "../stage/filled-star.ts";
import { MemoryWatch } from "../stage/memory-watch.ts";
import { type BenchStar, type StarPlan, withStar } from "../stage/star.ts";
import { TWO_SYSTEMS } from "./customer-sync.ts";
import type { Figures, Run, Workload } from "./workload.ts";

const DRIFTS = 100;
const LONGEST_MS = 4 * 3_600_000;

/** What is compared has to be read, so the target is a source too. */
const TWO_WAY: StarPlan = {
  ...TWO_SYSTEMS,
  systems: {
    crm: { adapter: "bench-crm", entities: { customer: { take: true } } },
    erp: { adapter: "bench-erp", entities: { customer: { take: true, give: true } } },
  },
};

/** A hundred customers changed in the ERP without a trace: found by reading everything, then by versions only. */
export const reconciliation: Workload = {
  name: "g",
  title: `reconciliation with ${DRIFTS} drifts`,
  unit: "records/s",
  records: 1_000_000,
  run: (run) =>
    withStar("distributed", TWO_WAY, async (star) => {
      await takeModels(star);
      await fill(star, { from: 1, count: run.records, stories: 1 }, run.say);
      await star.systems.drift("erp", "customer", DRIFTS);
      return compare(star, run);
    }),
};

type Report = {
  totals: { compared: number; bodiesRead: number; missing: number; extra: number; different: number };
  findings: { kind: string }[];
};

async function compare(star: BenchStar, run: Run): Promise<Figures> {
  const watch = new MemoryWatch(star.hub.process);
  const full = await reconcile(star, run, watch, false);
  const changed = await reconcile(star, run, watch, true);
  const { compared } = full.totals;
  return {
    nave: compared / full.seconds,
    ...watch.highest(),
    details: {
      records: compared,
      "drifts made": DRIFTS,
      ...told("reading everything", full),
      ...told("by versions", changed),
      "by versions, share of bodies read": changed.totals.bodiesRead / Math.max(1, compared),
    },
    plots: [watch.plot("Memory over two reconciliations", "seconds")],
  };
}

async function reconcile({ hub }: BenchStar, { say }: Run, watch: MemoryWatch, changed: boolean) {
  const started = performance.now();
  const timer = setInterval(() => watch.look(performance.now() / 1000), 1000);
  try {
    const body = { system: "erp", entity: "customer", changed };
    const job = hub.client.run<Report[]>("/api/reconciliations", body, (progress) =>
      say(`${progress?.done ?? 0} compared, ${watch.latest} MB`),
    );
    const [report] = await within(job);
    if (!report) throw new Error("the reconciliation gave no report");
    return { ...report, seconds: (performance.now() - started) / 1000 };
  } finally {
    clearInterval(timer);
  }
}

async function within<T>(job: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("a reconciliation does not end")), LONGEST_MS);
  try {
    return await Promise.race([job, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function told(name: string, { totals, findings, seconds }: Report & { seconds: number }): Figures["details"] {
  const { missing, extra, different } = totals;
  return {
    [`${name}, seconds`]: seconds,
    [`${name}, found`]: `${different} different, ${missing} missing, ${extra} extra, in ${findings.length} findings`,
  };
}
