import type { Json, JsonObject } from "../../src/adapter-kit/index.ts";
import { plainText } from "./rows.ts";

/**
 * Tryton marks the types that JSON lacks as objects with `__class__` (trytond/protocols/jsonrpc.py, 6.0). Inside the
 * adapter they are plain text: decimals and dates as written, instants as RFC 3339 UTC with microseconds.
 */
export function decodeRpc(value: Json): Json {
  if (Array.isArray(value)) return value.map(decodeRpc);
  if (value === null || typeof value !== "object") return value;
  switch (value["__class__"]) {
    case "Decimal":
      return plainDecimal(plainText(value["decimal"]));
    case "datetime":
      return `${datePart(value)}T${timePart(value)}Z`;
    case "date":
      return datePart(value);
    case "time":
      return timePart(value);
    case "timedelta":
      return value["seconds"] ?? null;
    case "bytes":
      return plainText(value["base64"]).replaceAll("\n", "");
    default:
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decodeRpc(inner)]));
  }
}

/** For one-line fields, which Tryton refuses when they hold tabs or line breaks: these become spaces. */
export function oneLine(value: Json): Json {
  return typeof value === "string" ? value.replaceAll(/[\t\n\v\f\r]+/g, " ") : value;
}

export function rpcDecimal(text: string): JsonObject {
  return { __class__: "Decimal", decimal: text };
}

/** `date` is `YYYY-MM-DD`. */
export function rpcDate(date: string): JsonObject {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  return { __class__: "date", year, month, day };
}

/** `instant` is RFC 3339 in UTC, with up to six decimals of a second. Tryton wants every part, microseconds included. */
export function rpcInstant(instant: string): JsonObject {
  const found = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:\.(\d{1,6}))?Z$/.exec(instant);
  if (!found) throw new RangeError(`"${instant}" is no instant in UTC`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const microsecond = Number((found[7] ?? "").padEnd(6, "0"));
  return { __class__: "datetime", year, month, day, hour, minute, second, microsecond };
}

/** Python writes small and large decimals with an exponent; zeros beyond two decimals come from column digits and say nothing. */
function plainDecimal(text: string): string {
  const found = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!found) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).padStart(whole.length + Math.max(0, 1 - point), "0");
  const at = Math.max(1, point);
  const padded = digits.padEnd(at, "0");
  const decimals = padded.slice(at).replace(/^(\d{2}\d*?)0+$/, "$1");
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  return `${sign}${integer}${decimals === "" ? "" : `.${decimals}`}`;
}

function datePart(value: JsonObject): string {
  return `${pad(value["year"], 4)}-${pad(value["month"])}-${pad(value["day"])}`;
}

function timePart(value: JsonObject): string {
  return `${pad(value["hour"])}:${pad(value["minute"])}:${pad(value["second"])}.${pad(value["microsecond"], 6)}`;
}

function pad(value: Json | undefined, length = 2): string {
  return plainText(value ?? 0).padStart(length, "0");
}
