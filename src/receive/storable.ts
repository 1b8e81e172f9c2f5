import type { Json, JsonObject, Observation } from "../adapter-kit/contract.ts";
import type { NativeProblem } from "../mapping/types.ts";

const ACCEPTS = "text without NUL characters (U+0000) and without halves of surrogate pairs";
const REPLACEMENT = "\ufffd";

/** Whether PostgreSQL keeps this text: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** The text as it can be kept: U+FFFD in place of what cannot. */
export function storableText(text: string): string {
  return isStorable(text) ? text : text.replaceAll("\0", REPLACEMENT).toWellFormed();
}

/**
 * An observation as the store can keep it, for people to look at, and what had to be replaced in it: such a record is not
 * taken in, because nobody entered the text that would stand there.
 */
export function makeStorable<Seen extends Observation>(
  seen: Seen,
): { seen: Seen; problems: NativeProblem[] } {
  const problems = [
    ...problemsIn(seen.localId, "local id"),
    ...problemsIn(seen.lockToken ?? "", "lock token"),
    ...problemsIn(seen.native, ""),
  ];
  if (problems.length === 0) return { seen, problems };
  const native = replaceIn(seen.native) as JsonObject;
  const lock = seen.lockToken === undefined ? {} : { lockToken: storableText(seen.lockToken) };
  return { seen: { ...seen, localId: storableText(seen.localId), native, ...lock }, problems };
}

function problemsIn(value: Json, path: string): NativeProblem[] {
  if (typeof value === "string") return isStorable(value) ? [] : [problemAt(path, value)];
  if (value === null || typeof value !== "object") return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => problemsIn(item, `${path}[${index}]`));
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === "" ? storableText(name) : `${path}.${storableText(name)}`;
    return isStorable(name) ? problemsIn(inner, at) : [problemAt(at, name)];
  });
}

function problemAt(native: string, value: string): NativeProblem {
  const what = value.includes("\0") ? "a NUL character" : "half of a surrogate pair";
  return {
    path: native,
    native,
    value: storableText(value),
    text: `${native} holds ${what}`,
    accepts: ACCEPTS,
  };
}

function replaceIn(value: Json): Json {
  if (typeof value === "string") return storableText(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(replaceIn);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [storableText(name), replaceIn(inner)]),
  );
}
