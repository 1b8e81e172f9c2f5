import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Problem } from "../canonical/types.ts";
import type { NativeProblem } from "../mapping/types.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

const SHOWN_PROBLEMS = 5;

/** Why a system's record cannot be taken in, said to whoever corrects it there: record, field, value, what is accepted, where. */
export function refusalOf(
  system: ConnectedSystem,
  entity: string,
  localId: string,
  problems: readonly (Problem | NativeProblem)[],
): JsonObject {
  const record = `${system.name}/${localId}`;
  const shown = problems.slice(0, SHOWN_PROBLEMS).map((problem) => describe(problem, system, entity));
  const first = shown[0] ?? {};
  return {
    text: `${entity} ${record}: ${problems
      .slice(0, SHOWN_PROBLEMS)
      .map((problem) => problem.text)
      .join("; ")}`,
    record,
    ...first,
    correctIn: system.config.title,
    ...(shown.length > 1 ? { further: shown.slice(1) } : {}),
  };
}

function describe(problem: Problem | NativeProblem, system: ConnectedSystem, entity: string): JsonObject {
  const field = "native" in problem ? problem.native : nativeName(problem.path, system, entity);
  return {
    field,
    ...(problem.value === undefined ? {} : { value: shorten(problem.value) }),
    ...(problem.accepts === undefined ? {} : { accepts: problem.accepts }),
  };
}

/** The name under which the owner of the record knows the field; the canonical one where the mapping has none. */
function nativeName(path: string, system: ConnectedSystem, entity: string): string {
  const row = system
    .mapping(entity)
    .fields.find((field) => field.canonical === path || path.startsWith(`${field.canonical}.`));
  return row ? row.native : path;
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
