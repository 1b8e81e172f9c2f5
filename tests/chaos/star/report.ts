import type { Mode } from "../modes.ts";
import type { Break } from "./breaks.ts";
import type { Inflicted } from "./inflict.ts";
import type { Verdict } from "./oracle/judge.ts";
import type { UnexpectedEnd } from "./supervised-hub.ts";

/** What one run found. Times in milliseconds where the name does not say otherwise. */
export type ModeReport = Verdict & {
  mode: Mode;
  seed: number;
  without?: Break;
  /** Edits that people could not make: the record had not come there yet, or was gone. */
  skipped: number;
  /** Writes whose fate is undecided, though every target can be asked. */
  inDoubt: string[];
  deadLetters: string[];
  /** What was still pending when no more was waited for. */
  standing: string[];
  /** Messages taken in, and writes made, when everything had come to rest and nobody edited. */
  unprovoked: string[];
  conflictsOnRecord: number;
  faults: FaultReport[];
  /** Ends of a hub that nobody had asked for. */
  unexpectedEnds: UnexpectedEnd[];
  /** From the end of a hub until the next one in its place is up. */
  hubStartsMs: number[];
  quietAfterSeconds: number;
  seconds: number;
};

export type FaultReport = {
  kind: string;
  count: number;
  /** Of those that have to meet something, how many did. */
  hits: number;
  /** Could not be done here; why. */
  unavailable: number;
  why?: string;
  /** From when the cause was gone until the hub next wrote to the system that was hit, or to any. */
  recoveryMedianMs?: number;
  recoveryMaxMs?: number;
};

/** When the hub committed something in a system; milliseconds since 1970, ascending. */
export type HubWrites = { crm: number[]; erp: number[] };

export function faultReports(faults: readonly Inflicted[], writes: HubWrites): FaultReport[] {
  return [...Map.groupBy(faults, ({ kind }) => kind)]
    .map(([kind, group]): FaultReport => {
      const done = group.filter(({ unavailable }) => unavailable === undefined);
      const times = done.flatMap((fault) => recoveryOf(fault, writes) ?? []);
      const why = group.find(({ unavailable }) => unavailable !== undefined)?.unavailable;
      const [median, max] = [medianOf(times), times.toSorted((a, b) => a - b).at(-1)];
      return {
        kind,
        count: done.length,
        hits: done.filter(({ hit }) => hit !== false).length,
        unavailable: group.length - done.length,
        ...(why !== undefined && { why }),
        ...(median !== undefined && { recoveryMedianMs: median }),
        ...(max !== undefined && { recoveryMaxMs: max }),
      };
    })
    .sort((one, other) => one.kind.localeCompare(other.kind));
}

function recoveryOf({ target, to }: Inflicted, { crm, erp }: HubWrites): number | undefined {
  const own = target === "crm" ? crm : target === "erp" ? erp : undefined;
  const next = (times: readonly number[]) => times.find((time) => time > to) ?? Number.POSITIVE_INFINITY;
  const at = own ? next(own) : Math.min(next(crm), next(erp));
  return Number.isFinite(at) ? at - to : undefined;
}

/** Nothing lost, doubled, undecided, left standing or done without cause. */
export function isSound(report: ModeReport): boolean {
  return (
    faultsFound(report).length === 0 &&
    report.conflictsFound === report.conflictsExpected &&
    report.unexpectedEnds.length === 0
  );
}

export function faultsFound(report: ModeReport): string[] {
  const { lost, doubled, inDoubt, deadLetters, standing, unprovoked } = report;
  const told = { lost, doubled, "in doubt": inDoubt, "dead letter": deadLetters, standing, unprovoked };
  return Object.entries(told).flatMap(([what, lines]) => lines.map((line) => `${what}: ${line}`));
}

export function countFaults({ faults }: ModeReport, ...kinds: string[]): number {
  const own = faults.filter(({ kind }) => kinds.length === 0 || kinds.some((one) => kind.startsWith(one)));
  return own.reduce((sum, { count }) => sum + count, 0);
}

const MOST_LINES = 40;

export function tableOf(report: ModeReport): string {
  const rows = report.faults.map((fault) => [
    fault.kind,
    String(fault.count),
    fault.hits === fault.count ? "" : String(fault.hits),
    inSeconds(fault.recoveryMedianMs),
    inSeconds(fault.recoveryMaxMs),
    fault.unavailable > 0 ? `${fault.unavailable} not available: ${fault.why}` : "",
  ]);
  const table = [["fault", "times", "hit", "recovery", "longest", ""], ...rows].map(
    ([kind = "", ...rest]) => `  ${kind.padEnd(34)}${rest.map((cell) => cell.padStart(10)).join("")}`,
  );
  const found = faultsFound(report);
  const totals: [string, string | number][] = [
    ["changes offered", report.offered],
    ["lost", report.lost.length],
    ["doubled", report.doubled.length],
    ["in doubt", report.inDoubt.length],
    ["dead letters", report.deadLetters.length],
    ["left standing", report.standing.length],
    ["without cause", report.unprovoked.length],
    ["not to be known better", report.undecidable.length],
    ["conflicts expected, found", `${report.conflictsExpected}, ${report.conflictsFound}`],
    ["conflicts on record", report.conflictsOnRecord],
    ["hubs ended by themselves", report.unexpectedEnds.length],
    ["hubs up after, median", inSeconds(medianOf(report.hubStartsMs))],
    ["hubs up after, longest", inSeconds(report.hubStartsMs.toSorted((a, b) => a - b).at(-1))],
    ["faults in all", countFaults(report)],
    ["at rest after", `${report.quietAfterSeconds.toFixed(1)} s`],
    ["took", `${report.seconds.toFixed(0)} s`],
  ];
  return [
    `${report.mode}, seed ${report.seed}${report.without === undefined ? "" : `, without ${report.without}`}`,
    ...table,
    ...totals.map(([name, value]) => `  ${name.padEnd(34)}${String(value).padStart(10)}`),
    ...found.slice(0, MOST_LINES).map((line) => `  ${line}`),
    ...report.undecidable.slice(0, MOST_LINES).map((line) => `  not to be known: ${line}`),
    ...report.stories.slice(0, MOST_LINES).map((line) => `  story: ${line}`),
    ...(found.length > MOST_LINES ? [`  ... and ${found.length - MOST_LINES} more`] : []),
    ...report.unexpectedEnds.map(
      ({ hub, how, log }) => `  ${hub} ended by itself (${how}): ${log.slice(-500)}`,
    ),
  ].join("\n");
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? "-" : `${(ms / 1000).toFixed(2)} s`;
}
