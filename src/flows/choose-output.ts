/** A row of a route node's table; its place in the table is the output it stands for. */
export type RouteRow = { value: string };

/** The output whose row holds this value, compared as text; the last output, behind all rows, takes what no row names. */
export function chooseOutput(value: unknown, rows: readonly RouteRow[]): number {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const row = rows.findIndex((one) => one.value === text);
  return row === -1 ? rows.length : row;
}
