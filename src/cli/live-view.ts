import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../telemetry/status.ts";
import { table } from "./terminal.ts";

const DRAW_EVERY_MS = 500;
const LINE_EVERY_MS = 5000;

export type LiveViewOptions = {
  read: () => Promise<Status>;
  signal: AbortSignal;
  stream?: NodeJS.WriteStream;
};

/** Shows the counts of every system and entity until all sides agree: in place on a terminal, now and then a line elsewhere. */
export async function liveView({ read, signal, stream = process.stdout }: LiveViewOptions): Promise<void> {
  const startedAt = Date.now();
  let drawn = 0;
  let lineAt = 0;
  while (!signal.aborted) {
    const status = await read();
    if (stream.isTTY) {
      if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[J`);
      const lines = viewOf(status);
      stream.write(lines.map((line) => `${line.slice(0, stream.columns || 80)}\n`).join(""));
      drawn = lines.length;
    } else if (Date.now() >= lineAt) {
      lineAt = Date.now() + LINE_EVERY_MS;
      stream.write(`${lineOf(status)}\n`);
    }
    if (status.inSync) {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      stream.write(
        `In sync after ${seconds} s: nothing pending, and every system holds what it shall (compared ${status.comparedAt}).\n`,
      );
      return;
    }
    await sleep(DRAW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One row per entity, one column per system: records there, and what is still under way. */
function viewOf(status: Status): string[] {
  const systems = Object.keys(status.systems);
  const entities = [...new Set(systems.flatMap((system) => Object.keys(status.systems[system] ?? {})))];
  const rows = entities.map((entity) => [
    entity,
    ...systems.map((system) => {
      const counts = status.systems[system]?.[entity];
      if (!counts) return "";
      const { records, pending, parked } = counts;
      return `${records}${pending > 0 ? ` (${pending} pending)` : ""}${parked > 0 ? ` (${parked} parked)` : ""}`;
    }),
  ]);
  return table(["", ...systems], rows);
}

function lineOf(status: Status): string {
  const systems = Object.entries(status.systems).map(([system, entities]) => {
    const counts = Object.values(entities);
    const records = counts.reduce((sum, one) => sum + one.records, 0);
    const pending = counts.reduce((sum, one) => sum + one.pending, 0);
    return `${system} ${records} records, ${pending} pending`;
  });
  return systems.join("; ");
}
