const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether this is an id of a row, as text: RFC 9562, with its dashes, of whatever version. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}
