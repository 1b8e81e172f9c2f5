import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ServiceMissing } from "../../services/service-search.ts";
import type { Mode } from "../modes.ts";
import { BREAKS, type Break, SHOWS } from "./breaks.ts";
import { isSound, type ModeReport, tableOf } from "./report.ts";
import { runMode } from "./run-mode.ts";

const HELP = `npm run chaos -- [options]

Drives a sandbox CRM and a sandbox ERP with seeded edits while hubs, broker, database, connections and systems
are harmed, and compares every record of both with what the ledgers of the systems say it has to be.
Exits with 0 only when nothing was lost, doubled, left undecided or standing, or done without cause.

  --seed N       which edits and faults; default 1. Each further one of --runs counts up
  --minutes M    how long, in each mode; default 3. Fractions are allowed
  --hours H      the same in hours
  --runs R       so many seeds, one after the other; default 1
  --mode MODE    embedded or distributed; default both, one after the other
  --break WHAT   runs without one mechanism, which must be noticed: ${BREAKS.join(", ")};
                 in the mode in which it shows, unless --mode is given
  --json FILE    writes the reports there
  --help         shows this

Distributed runs start a RabbitMQ node and a PostgreSQL cluster of their own; both programs must be installed.
NAVE_CHAOS_LOGS=FOLDER keeps the log of each hub process there, NAVE_LOG sets the level (warn).
Filling the disk of the store takes root. Seeds that once failed are in tests/chaos/star/regressions.json.`;

const MODES: readonly Mode[] = ["embedded", "distributed"];
const REST_WITHIN_MS = 180_000;
/** A hub that lacks something may never come to rest. */
const REST_WHEN_BROKEN_MS = 45_000;

type Settings = {
  seeds: number[];
  durationMs: number;
  modes: readonly Mode[];
  without: Break | undefined;
  json: string | undefined;
};

class UsageError extends Error {}

async function main(): Promise<number> {
  const settings = readSettings();
  if (settings === "help") {
    console.log(HELP);
    return 0;
  }
  const { seeds, modes, durationMs, without, json } = settings;
  const reports: ModeReport[] = [];
  for (const seed of seeds) {
    for (const mode of modes) {
      const restWithinMs = without === undefined ? REST_WITHIN_MS : REST_WHEN_BROKEN_MS;
      const report = await runMode({ mode, seed, durationMs, without, restWithinMs, say: console.log });
      reports.push(report);
      console.log(tableOf(report));
      if (json !== undefined)
        await writeFile(json, `${JSON.stringify({ sound: reports.every(isSound), reports }, null, 2)}\n`);
    }
  }
  const unsound = reports.filter((report) => !isSound(report));
  console.log(
    unsound.length === 0
      ? `${reports.length} of ${reports.length} runs: nothing lost, doubled or left undecided`
      : `${unsound.length} of ${reports.length} runs failed: ${unsound.map(({ mode, seed }) => `${mode} seed ${seed}`).join(", ")}`,
  );
  return unsound.length === 0 ? 0 : 1;
}

function readSettings(): Settings | "help" {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      runs: { type: "string", default: "1" },
      minutes: { type: "string", default: "3" },
      hours: { type: "string" },
      mode: { type: "string" },
      break: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const without = oneOf("--break", values.break, BREAKS);
  const mode = oneOf("--mode", values.mode, MODES) ?? (without && SHOWS[without].mode);
  const minutes =
    values.hours === undefined
      ? numberOf("--minutes", values.minutes)
      : 60 * numberOf("--hours", values.hours);
  const first = numberOf("--seed", values.seed);
  const runs = numberOf("--runs", values.runs);
  return {
    seeds: Array.from({ length: runs }, (_, index) => first + index),
    durationMs: minutes * 60_000,
    modes: mode === undefined ? MODES : [mode],
    without,
    json: values.json,
  };
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  accepted: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = accepted.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${name} is "${value}"; it accepts ${accepted.join(", ")}`);
  return found;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new UsageError(`${name} is "${text}"; it accepts a number above 0`);
  return value;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ServiceMissing || error instanceof UsageError || isParseError(error))) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}

function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
}
