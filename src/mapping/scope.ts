import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { type MappingFunctions, Unconvertible } from "../adapter-kit/converters/converter.ts";
import type { FieldPath, Problem } from "../canonical/types.ts";
import type { CodeListDefinition } from "./definition.ts";
import type { Faults, SourcePath } from "./faults.ts";
import type { NativeProblem } from "./types.ts";

/** What the compilation of every rule needs to know. */
export type CompileContext = {
  system: string;
  codes: Record<string, CodeListDefinition>;
  functions: MappingFunctions;
  empty: Json;
  faults: Faults;
  entity: string;
  /** Whether the canonical type has this path, list keys taken out. */
  hasPath(path: string): boolean;
  /** Name of the property that keys the items of the canonical list at this path. */
  listKey(path: string): string | undefined;
};

/** Where a rule stands: in the file, and in the canonical body without list keys. */
export type Place = { at: SourcePath; canonical: string };

/** Reads one rule's part of a native scope into the body; true when a value was found that is more than a constant. */
export type Reader = (native: JsonObject, into: JsonObject, problems: NativeProblem[]) => boolean;

/**
 * Writes one rule's part of a body into a native scope. `body` is undefined for an item that is absent; `into` starts as a
 * copy of `held`, the record or item as the target has it, which is undefined for a new one.
 */
export type Writer = (
  body: JsonObject | undefined,
  into: JsonObject,
  held: JsonObject | undefined,
  problems: Problem[],
) => void;

/** One rule as closures; a side that its direction excludes is missing. */
export type CompiledRule = { read?: Reader; write?: Writer };

/** What is said about a value that could not be translated. */
function wordProblem(
  name: string,
  value: Json | undefined,
  thrown: unknown,
): { text: string; accepts?: string } {
  const reason =
    thrown instanceof Error ? thrown.message : String((thrown as { message?: unknown }).message ?? thrown);
  const shown = value === undefined ? "" : ` ${(JSON.stringify(value) ?? "").slice(0, 80)}`;
  const accepts = thrown instanceof Unconvertible ? thrown.accepts : undefined;
  return { text: `${name}${shown} ${reason}`, ...(accepts === undefined ? {} : { accepts }) };
}

/** A problem with an absent value has no `value` worth showing, but its property is part of the type. */
export function nativeProblem(
  path: string,
  native: string,
  value: Json | undefined,
  thrown: unknown,
): NativeProblem {
  return { path, native, value, ...wordProblem(native, value, thrown) };
}

export function canonicalProblem(path: string, value: Json | undefined, thrown: unknown): Problem {
  return { path, value, ...wordProblem(path, value, thrown) };
}

/** The canonical path from the top of the body, list keys taken out. */
export function wholePath(place: Place, name: string): string {
  return [place.canonical, name].filter((part) => part !== "" && part !== ".").join(".");
}

/** Turns paths within an item into paths within the record, for the problems from `start` on. */
export function prefixProblems(
  problems: (Problem & { native?: string })[],
  start: number,
  path: FieldPath,
  native?: string,
): void {
  for (const problem of problems.slice(start)) {
    problem.path = problem.path === "." ? path : `${path}.${problem.path}`;
    if (native !== undefined && problem.native !== undefined) problem.native = `${native}.${problem.native}`;
  }
}
