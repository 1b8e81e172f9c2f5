import type { Json, JsonObject } from "../../src/adapter-kit/index.ts";

/** One record as Tryton's `read` answers it: fields by name; fields of a linked record below the link's name and a dot. */
export type Row = JsonObject & { id: number };

export function rowsOf(value: Json | undefined): Row[] {
  return Array.isArray(value) ? (value as Row[]) : [];
}

/** The linked record whose fields were asked for as `link.field`. */
export function linked(row: JsonObject, link: string): Row | undefined {
  const value = row[`${link}.`];
  return value === null || typeof value !== "object" || Array.isArray(value) ? undefined : (value as Row);
}

/** The linked records of a one-to-many or many-to-many link whose fields were asked for as `link.field`. */
export function linkedRows(row: JsonObject, link: string): Row[] {
  return rowsOf(row[`${link}.`]);
}

/** A scalar as text; anything else as JSON. */
export function plainText(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

export function text(row: JsonObject | undefined, field: string): string | undefined {
  const value = row?.[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A quantity: Tryton sends binary floats, whose shortest form is the decimal that was entered. */
export function quantity(row: JsonObject, field: string): string {
  return decimalOfFloat(Number(row[field] ?? 0));
}

export function decimalOfFloat(value: number): string {
  // quantities have at most the unit's digits; sums of floats carry noise behind them
  const rounded = Number(value.toFixed(8));
  return Number.isInteger(rounded) ? rounded.toFixed(0) : rounded.toFixed(8).replace(/0+$/, "");
}

export function idOf(row: JsonObject | undefined, field: string): number | undefined {
  const value = row?.[field];
  return typeof value === "number" ? value : undefined;
}

export function idsOf(row: JsonObject, field: string): number[] {
  const value = row[field];
  return Array.isArray(value) ? value.filter((id): id is number => typeof id === "number") : [];
}

/** The id behind a reference such as `sale.line,12`, when it points to that model. */
export function referenceId(row: JsonObject, field: string, model: string): number | undefined {
  const [name, id] = (text(row, field) ?? "").split(",");
  return name === model && id !== undefined ? Number(id) : undefined;
}

/** Leaves out what is absent: a native record holds no null. */
export function present(fields: Record<string, Json | undefined>): JsonObject {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(kept) as JsonObject;
}

/** The latest of the moments at which the rows were made or changed; `write_date` is null until the first change. */
export function latestStamp(rows: readonly JsonObject[]): string | undefined {
  let latest: string | undefined;
  for (const row of rows) {
    for (const stamp of [text(row, "create_date"), text(row, "write_date")]) {
      if (stamp !== undefined && (latest === undefined || stamp > latest)) latest = stamp;
    }
  }
  return latest;
}

/** The lock token of a record and its parts: Tryton's `_timestamp` context, as text. */
export function lockTokenOf(
  model: string,
  rows: readonly Row[],
  parts: Record<string, readonly Row[]>,
): string {
  const stamps: Record<string, string> = {};
  for (const [name, all] of Object.entries({ [model]: rows, ...parts })) {
    for (const row of all) {
      const stamp = text(row, "_timestamp");
      if (stamp !== undefined) stamps[`${name},${row.id}`] = stamp;
    }
  }
  return JSON.stringify(stamps);
}

/** Field names written in one line. */
export function names(list: string): string[] {
  return list.split(" ");
}

/** The field names of `parts` below a link, as `read` wants them. */
export function fieldsOf(link: string, fields: readonly string[]): string[] {
  return fields.map((field) => `${link}.${field}`);
}
