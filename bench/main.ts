/**
 * How fast the hub is, beside what the same machine gives at all: `npm run bench -- --help`; docs/performance.md.
 */
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { type Arguments, ArgumentsRefused, parseArguments } from "./parse-arguments.ts";
import { PEERS } from "./peers/peers.ts";
import { progressOf } from "./progress.ts";
import { describeMachine, type Machine } from "./report/machine.ts";
import { refreshDocs } from "./report/refresh-docs.ts";
import { type Result, resultOf } from "./report/result.ts";
import { showNumber } from "./report/show-number.ts";
import { tableOf } from "./report/table.ts";
import { endChildren } from "./stage/child.ts";
import type { Run, Workload } from "./workloads/workload.ts";
import { WORKLOADS } from "./workloads/workloads.ts";

const KNOWN = { workloads: WORKLOADS.map(({ name }) => name), peers: PEERS.map(({ name }) => name) };
const HELP = `npm run bench -- [--only a,b] [--records N] [--peers none] [--mode distributed|embedded] [--json FILE] [--docs]

Measures the hub, in a process of its own, between simulated systems, in another; beside it the floor, which is the
shortest program that does the same with amqplib and pg. PostgreSQL and RabbitMQ: DATABASE_URL and AMQP_URL, else
127.0.0.1; each measurement makes its own database and queues and drops them.

${WORKLOADS.map(({ name, title, unit, records }) => `  ${name}  ${title} (${unit}; ${records.toLocaleString("en")} records)`).join("\n")}

  --only      which of these; default: all
  --records   how many instead of those above
  --peers     other products beside (a): ${PEERS.map(({ name }) => name).join(", ")}, or none; default: all
  --mode      embedded: without servers, and without a floor; default distributed
  --docs      writes the figures and plots into docs/performance.md
  --json      writes all figures, with machine, versions and settings, to this file`;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void endChildren());
try {
  await main(parseArguments(process.argv.slice(2), KNOWN));
} catch (error) {
  if (!(error instanceof ArgumentsRefused)) throw error;
  console.error(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

async function main(args: Arguments): Promise<void> {
  if (args.help) return console.log(HELP);
  const machine = await describeMachine();
  introduce(machine);
  const results: Result[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => args.only.includes(name))) {
    results.push(await measure(workload, args, machine));
    if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  if (args.docs) await refreshDocs(results);
  console.log(`\n${tableOf(results)}`);
}

async function measure(workload: Workload, args: Arguments, machine: Machine): Promise<Result> {
  const { mode } = args;
  const records = args.records ?? workload.records;
  const progress = progressOf(`(${workload.name}) ${workload.title}`);
  const before = loadavg()[0] ?? 0;
  const run = { records, mode, say: progress.say };
  const figures = await workload.run(run);
  const peers = workload.name === "a" ? await measurePeers(args.peers, run) : {};
  progress.end();
  const result = resultOf(workload, figures, {
    peers,
    at: new Date().toISOString(),
    command: `npm run bench -- --only ${workload.name} --records ${records} --mode ${mode}`,
    load: { before, after: loadavg()[0] ?? 0 },
    machine,
  });
  console.log(`\n(${workload.name}) ${workload.title}`);
  for (const [name, value] of Object.entries(result.details))
    console.log(`  ${name}: ${typeof value === "number" ? showNumber(value) : value}`);
  console.log(`  load of the machine: ${showNumber(before)} before, ${showNumber(result.load.after)} after`);
  return result;
}

/** Of those that can be measured here; of the others it says what is missing. */
async function measurePeers(names: readonly string[], run: Run): Promise<Record<string, number>> {
  const rates: Record<string, number> = {};
  if (run.mode === "embedded") return rates;
  for (const { name, does, run: measurePeer } of PEERS.filter((peer) => names.includes(peer.name))) {
    const found = await measurePeer(run);
    if ("rate" in found) rates[name] = found.rate;
    console.log(`\n${name} (${does}): ${"rate" in found ? showNumber(found.rate) : found.absent}`);
  }
  return rates;
}

function introduce({ durability, fsyncUs, ...machine }: Machine): void {
  for (const [name, value] of Object.entries({ ...machine, ...durability }))
    console.log(`${name}: ${value ?? "none found"}`);
  const fsync = Object.entries(fsyncUs ?? {}).map(([method, us]) => `${method} ${us} us`);
  console.log(`one 8 kB write and fsync: ${fsync.length > 0 ? fsync.join(", ") : "no pg_test_fsync found"}`);
}
