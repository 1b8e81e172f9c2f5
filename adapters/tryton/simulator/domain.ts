import type { Json } from "../../../src/adapter-kit/index.ts";
import { plainText } from "../rows.ts";
import { fieldOf } from "./models.ts";
import type { Records, Stored } from "./records.ts";

/** Whether a record satisfies a Tryton domain: clauses `[path, operator, value]`, joined by "AND" unless the list begins with "OR". */
export function matches(records: Records, model: string, row: Stored, domain: Json): boolean {
  if (!Array.isArray(domain)) return true;
  const [first, second] = domain;
  if (typeof first === "string" && first !== "OR" && first !== "AND") {
    return compare(valuesAt(records, model, row, first.split(".")), plainText(second), domain[2] ?? null);
  }
  const clauses = first === "OR" || first === "AND" ? domain.slice(1) : domain;
  const holds = (clause: Json) => matches(records, model, row, clause);
  return first === "OR" ? clauses.some(holds) : clauses.every(holds);
}

function valuesAt(records: Records, model: string, row: Stored, [name = "", ...rest]: string[]): Json[] {
  const value = name === "id" ? row.id : records.valueOf(model, row, name);
  const field = fieldOf(model, name);
  if (rest.length === 0 || field === undefined || !("model" in field))
    return Array.isArray(value) ? value : [value];
  const ids = Array.isArray(value) ? value : [value];
  return ids.flatMap((id) => {
    const linked = records.get(field.model, Number(id));
    return linked ? valuesAt(records, field.model, linked, rest) : [];
  });
}

function compare(values: Json[], operator: string, wanted: Json): boolean {
  const some = (test: (value: Json) => boolean) => values.some(test);
  switch (operator) {
    case "=":
      return some((value) => value === wanted);
    case "!=":
      return values.length > 0 && values.every((value) => value !== wanted);
    case "in":
      return some((value) => (wanted as Json[]).includes(value));
    case "not in":
      return values.every((value) => !(wanted as Json[]).includes(value));
    case "like":
      return some((value) => typeof value === "string" && pattern(plainText(wanted)).test(value));
    case ">":
      return some((value) => value !== null && wanted !== null && value > wanted);
    case ">=":
      return some((value) => value !== null && wanted !== null && value >= wanted);
    default:
      throw new RangeError(`the simulator knows no operator "${operator}"`);
  }
}

function pattern(like: string): RegExp {
  const escaped = like.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%", ".*");
  return new RegExp(`^${escaped}$`, "s");
}
