import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { isStorable } from "../receive/storable.ts";
import type { RedMessage } from "./node-red.ts";

/** A message beyond this is no message but a file. */
const LARGEST_BYTES = 1_000_000;

/**
 * A Node-RED message as it can be kept, so that what goes on later is what has come here: every property but the id of this
 * copy, and what stood in `msg.error` before a catch node put its own there: often an exception.
 *
 * @throws NAVE_RECORD_INVALID naming the property that would come back as something else, or that makes it too large.
 */
export function keepMessage(message: RedMessage): JsonObject {
  const { _msgid, _error, ...properties } = message;
  const kept = keepObject(properties, "msg", []);
  if (bytesOf(kept) > LARGEST_BYTES) throw tooLarge(kept);
  return kept;
}

/** What a value takes as it is kept. */
export function bytesOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function keep(value: unknown, path: string, within: readonly object[]): Json {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string" && isStorable(value)) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw notKept(path, inWords(value));
  if (within.includes(value)) throw notKept(path, "it holds itself");
  const deeper = [...within, value];
  if (Array.isArray(value)) return value.map((item, index) => keep(item, `${path}[${index}]`, deeper));
  if (!isPlain(value)) throw notKept(path, `it is a ${value.constructor.name}`);
  return keepObject(value, path, deeper);
}

function keepObject(value: object, path: string, within: readonly object[]): JsonObject {
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.map(([name, inner]) => {
      const at = `${path}.${name}`;
      if (!isStorable(name)) throw notKept(at, inWords(name));
      return [name, keep(inner, at, within)];
    }),
  );
}

/** Function nodes run in a context of their own, whose objects have another prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function notKept(path: string, why: string): NaveError {
  return new NaveError("NAVE_RECORD_INVALID", `${path} cannot be kept while the message waits: ${why}`, {
    field: path,
    accepts:
      "text, finite numbers, true, false, null, and lists and objects of these; delete what is not needed behind the wait",
  });
}

function inWords(value: unknown): string {
  if (typeof value === "string") return "its text holds a NUL character or half a character";
  return typeof value === "number" || value === undefined ? `it is ${value}` : `it is a ${typeof value}`;
}

function tooLarge(kept: JsonObject): NaveError {
  const sizes = Object.entries(kept).map(([name, value]) => ({ name, bytes: bytesOf(value) }));
  const [largest] = sizes.sort((a, b) => b.bytes - a.bytes);
  return new NaveError(
    "NAVE_RECORD_INVALID",
    `the message is too large to be kept while it waits; most of it is msg.${largest?.name}, ${largest?.bytes} bytes`,
    { field: `msg.${largest?.name}`, accepts: `up to ${LARGEST_BYTES} bytes in all` },
  );
}
