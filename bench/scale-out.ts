/**
 * One process that reads and serves, and 1, 2 and 4 that work, on one PostgreSQL and one RabbitMQ: how the work is shared, and
 * whether anything is lost, doubled or out of order. `node bench/scale-out.ts --help`; docs/scaling.md.
 */
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { progressOf } from "./progress.ts";
import { describeMachine } from "./report/machine.ts";
import { showNumber } from "./report/show-number.ts";
import { isFaultless, measureWorkers, type ScaleOutFigures } from "./scale-out/measure-workers.ts";
import { endChildren } from "./stage/child.ts";

const HELP = `node bench/scale-out.ts [--workers 1,2,4] [--records N] [--json FILE]

  --workers   how many processes work, one run for each; default 1,2,4
  --records   customers that are made in the CRM and then changed twice; default 5000
  --json      writes the figures, with machine and versions, to this file

DATABASE_URL and AMQP_URL, else 127.0.0.1. Exits 1 when anything is lost, doubled, out of order or not as last entered.`;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void endChildren());

const { values } = parseArgs({
  options: {
    help: { type: "boolean" },
    workers: { type: "string", default: "1,2,4" },
    records: { type: "string", default: "5000" },
    json: { type: "string" },
  },
});
const counts = values.workers.split(",").map(Number);
const records = Number(values.records);
if (values.help || ![records, ...counts].every((one) => Number.isInteger(one) && one > 0)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
const machine = await describeMachine();
console.log(
  `${machine.processor}, ${machine.cores} cores; PostgreSQL ${machine.postgres}, RabbitMQ ${machine.rabbitmq}`,
);
const runs: (ScaleOutFigures & { load: { before: number; after: number } })[] = [];
for (const workers of counts) {
  const progress = progressOf(`${workers} working`);
  const before = loadavg()[0] ?? 0;
  const figures = await measureWorkers(workers, records, progress.say);
  progress.end();
  runs.push({ ...figures, load: { before, after: loadavg()[0] ?? 0 } });
  print(figures);
  if (values.json !== undefined) {
    const command = `node bench/scale-out.ts --workers ${values.workers} --records ${records}`;
    const at = new Date().toISOString();
    await writeFile(values.json, `${JSON.stringify({ command, at, machine, runs }, null, 2)}\n`);
  }
}
process.exitCode = runs.every(isFaultless) ? 0 : 1;

function print(figures: ScaleOutFigures): void {
  const { workers, created, changed, door, parts, perNewRecord, arrivals, deadLetters, inDoubt } = figures;
  console.log(
    `\n${workers} working, ${showNumber(created)} new and ${showNumber(changed)} changed records/s`,
  );
  console.log(`  reads and serves: ${showNumber(door.cpuSeconds)} s of processor time`);
  for (const [index, { cpuSeconds, tickets, share }] of parts.entries())
    console.log(
      `  worker ${index + 1}: ${showNumber(cpuSeconds)} s of processor time, ${tickets} tickets, ${showNumber(share * 100)} % of them`,
    );
  const { tickets, cpuSeconds, transactions, rows, bytes } = perNewRecord;
  console.log(
    `  a new record: ${showNumber(cpuSeconds * 1000)} ms of the workers, ${showNumber(tickets)} tickets, ${showNumber(transactions)} transactions, ${showNumber(rows)} rows written, ` +
      `${showNumber(bytes / 1024)} kB more in the database`,
  );
  const { missing, doubled, outOfOrder, notNewest } = arrivals;
  console.log(
    `  in the ERP ${arrivals.records}; lost ${missing}, doubled ${doubled}, out of order ${outOfOrder}, not as last entered ${notNewest}, ` +
      `dead letters ${deadLetters}, in doubt ${inDoubt}`,
  );
}
