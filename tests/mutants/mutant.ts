/** One small change of one source file, of which a test should fail. */
export type Mutant = {
  /** From the root of the project, with `/`. */
  file: string;
  /** Where the replaced text begins and ends; lines and columns count from 1, the end is not included. */
  start: Position;
  end: Position;
  /** Stryker's name for this kind of change, such as `ConditionalExpression`. */
  kind: string;
  original: string;
  replacement: string;
};

export type Position = { line: number; column: number };

/** Tells mutants apart, also from one run to the next as long as the file stays as it is. */
export function nameOf({ file, start, end, kind, replacement }: Mutant): string {
  return `${file}:${start.line}:${start.column}-${end.line}:${end.column} ${kind} ${replacement}`;
}

/** Where, and what is changed into what, each cut to a length that can be read in a line. */
export function lineOf({ file, start, kind, original, replacement }: Mutant): string {
  return `${file}:${start.line}:${start.column} ${kind}: ${oneLine(original)} -> ${oneLine(replacement)}`;
}

/** @throws When the source no longer holds there what the mutant was made from. */
export function applyMutant(source: string, mutant: Mutant): string {
  const [from, to] = [offsetOf(source, mutant.start), offsetOf(source, mutant.end)];
  if (source.slice(from, to) !== mutant.original)
    throw new Error(`${mutant.file}:${mutant.start.line} has changed since ${nameOf(mutant)} was made`);
  return source.slice(0, from) + mutant.replacement + source.slice(to);
}

export function textBetween(source: string, start: Position, end: Position): string {
  return source.slice(offsetOf(source, start), offsetOf(source, end));
}

function offsetOf(source: string, { line, column }: Position): number {
  const before = source.split("\n").slice(0, line - 1);
  return before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
}

const LONGEST = 100;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 3)}...` : line;
}
