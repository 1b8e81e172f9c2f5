import type { Result } from "./result.ts";
import { showNumber } from "./show-number.ts";

const HEAD = ["workload", "nave", "floor", "ratio", "unit", "p50 ms", "p99 ms", "MB"];

/** A line for each workload, figures to the right; peers stand below theirs. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.flatMap((result) => [
    rowOf(result),
    ...Object.entries(result.peers).map(([peer, value]) => peerRow(result, peer, value)),
  ]);
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  return [HEAD, ...rows].map((row) => lineOf(row, widths)).join("\n");
}

function rowOf({ name, title, nave, floor, unit, p50, p99, rssMb }: Result): string[] {
  const ratio = nave !== null && floor !== null ? nave / floor : null;
  const figures = [nave, floor, ratio].map(showNumber);
  return [`(${name}) ${title}`, ...figures, unit, ...[p50, p99, rssMb].map(showNumber)];
}

function peerRow({ nave, unit }: Result, peer: string, value: number): string[] {
  const ratio = nave === null ? null : nave / value;
  return [`    ${peer}`, "", showNumber(value), showNumber(ratio), unit, "", "", ""];
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  const isText = (column: number) => column === 0 || HEAD[column] === "unit";
  const cells = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return isText(column) ? cell.padEnd(width) : cell.padStart(width);
  });
  return cells.join("  ").trimEnd();
}
