import type { Json } from "../adapter-kit/contract.ts";
import { isObject } from "./path.ts";

type Call = (...args: (Json | undefined)[]) => Json | undefined;

/** JSONata's functions that mappings may use, with JSONata's meaning: nothing in, nothing out. */
export const FUNCTIONS = new Map<string, Call>([
  ["$string", (value) => toText(value)],
  ["$number", (value) => toNumber(value)],
  ["$boolean", (value) => toTruth(value)],
  ["$not", (value) => (value === undefined ? undefined : toTruth(value) !== true)],
  ["$exists", (value) => value !== undefined],
  ["$count", (value) => items(value).length],
  ["$length", (value) => onText(value, (text) => Array.from(text).length)],
  ["$trim", (value) => onText(value, (text) => text.replaceAll(/[ \t\n\r]+/g, " ").replaceAll(/^ | $/g, ""))],
  ["$uppercase", (value) => onText(value, (text) => text.toUpperCase())],
  ["$lowercase", (value) => onText(value, (text) => text.toLowerCase())],
  ["$substring", substring],
  ["$substringBefore", (value, mark) => onText(value, (text) => before(text, argument(mark)))],
  ["$substringAfter", (value, mark) => onText(value, (text) => after(text, argument(mark)))],
  ["$contains", (value, mark) => onText(value, (text) => text.includes(argument(mark)))],
  ["$split", (value, mark) => onText(value, (text) => text.split(argument(mark)))],
  ["$join", join],
  [
    "$replace",
    (value, from, to) => onText(value, (text) => text.replaceAll(argument(from), () => argument(to))),
  ],
]);

export function toText(value: Json | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return JSON.stringify(value);
}

function toNumber(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === "boolean" || typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number) || value === "") throw new Error("is no number");
  return number;
}

export function toTruth(value: Json | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.some((item) => toTruth(item));
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}

function substring(value: Json | undefined, start: Json | undefined, length?: Json): Json | undefined {
  return onText(value, (text) => {
    const characters = Array.from(text);
    const from = Number(start) < 0 ? Math.max(0, characters.length + Number(start)) : Number(start);
    return characters
      .slice(from, length === undefined ? undefined : from + Math.max(0, Number(length)))
      .join("");
  });
}

function join(value: Json | undefined, mark: Json | undefined): Json | undefined {
  return value === undefined
    ? undefined
    : items(value)
        .map((item) => argument(item))
        .join(mark === undefined ? "" : argument(mark));
}

function before(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

function after(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(at + mark.length);
}

function items(value: Json | undefined): Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function onText(value: Json | undefined, apply: (text: string) => Json): Json | undefined {
  return value === undefined ? undefined : apply(argument(value));
}

function argument(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw new Error(`${JSON.stringify(value)} is no text`);
}
