import type { Breaks, ChangeKind, NodeChange } from "./schema-change.ts";
import type { Schema } from "./schema-files.ts";

/** Compares what two versions accept as the value of one field. */
export function compareValues(old: Schema, now: Schema, path: string): NodeChange[] {
  const type = compareType(old, now, path);
  if (type.length > 0) return type;
  return [
    ...compareEnum(old, now, path),
    ...compareWords(old, now, path),
    ...LOWER.flatMap((limit) => compareLimit(limit, old[limit], now[limit], 1, path)),
    ...UPPER.flatMap((limit) => compareLimit(limit, old[limit], now[limit], -1, path)),
    ...compareUnique(old, now, path),
    ...compareNames(old, now, path),
    ...compareAnnotations(old, now, path),
  ];
}

function change(path: string, kind: ChangeKind, breaks: Breaks, text: string): NodeChange {
  return { path, kind, breaks, text: `${path === "" ? "the record" : path} ${text}` };
}

function compareType(old: Schema, now: Schema, path: string): NodeChange[] {
  const before = typeOf(old);
  const after = typeOf(now);
  return before === after ? [] : [change(path, "type-changed", "both", `was ${before} and is ${after}`)];
}

function typeOf(schema: Schema): string {
  if (schema.type !== undefined) return schema.type;
  const [first] = schema.enum ?? [];
  return first === undefined ? "anything" : typeof first;
}

function compareEnum(old: Schema, now: Schema, path: string): NodeChange[] {
  if (old.enum === undefined && now.enum === undefined) return [];
  if (old.enum === undefined)
    return [change(path, "values-removed", "writers", `takes only ${words(now.enum)} now`)];
  if (now.enum === undefined)
    return [change(path, "values-added", "readers", "takes any value now, not only those listed")];
  const gone = old.enum.filter((value) => !now.enum?.includes(value));
  const fresh = now.enum.filter((value) => !old.enum?.includes(value));
  return [
    ...(gone.length === 0
      ? []
      : [change(path, "values-removed", "writers", `no longer takes ${words(gone)}`)]),
    ...(fresh.length === 0 ? [] : [change(path, "values-added", "readers", `may be ${words(fresh)} now`)]),
  ];
}

/** Nobody can tell in general whether one pattern is narrower than another; only its coming and going are clear. */
function compareWords(old: Schema, now: Schema, path: string): NodeChange[] {
  return (["pattern", "format"] as const).flatMap((name) => {
    if (old[name] === now[name]) return [];
    const kind: ChangeKind = name === "pattern" ? "pattern-changed" : "format-changed";
    if (old[name] === undefined)
      return [change(path, kind, "writers", `must match the ${name} ${now[name]} now`)];
    if (now[name] === undefined)
      return [change(path, kind, "readers", `need not match the ${name} ${old[name]} any more`)];
    return [change(path, kind, "both", `matched the ${name} ${old[name]} and must match ${now[name]} now`)];
  });
}

const LOWER = ["minLength", "minItems", "minProperties", "minimum"] as const;
const UPPER = ["maxLength", "maxItems", "maxProperties", "maximum"] as const;

/** `tighter`: 1 when a greater limit accepts less, -1 when a smaller one does. */
function compareLimit(
  name: string,
  old: number | undefined,
  now: number | undefined,
  tighter: 1 | -1,
  path: string,
): NodeChange[] {
  if (old === now) return [];
  const isTighter = old === undefined || (now !== undefined && (now - old) * tighter > 0);
  const text = `has a ${name} of ${now ?? "any"} instead of ${old ?? "any"}`;
  return [
    change(path, isTighter ? "limit-tightened" : "limit-loosened", isTighter ? "writers" : "readers", text),
  ];
}

function compareUnique(old: Schema, now: Schema, path: string): NodeChange[] {
  if (old.uniqueItems === now.uniqueItems) return [];
  return now.uniqueItems === true
    ? [change(path, "limit-tightened", "writers", "may not name the same thing twice now")]
    : [change(path, "limit-loosened", "readers", "may name the same thing twice now")];
}

/** Which fields an object may have besides those it names, and which of them belong together. */
function compareNames(old: Schema, now: Schema, path: string): NodeChange[] {
  const changes: NodeChange[] = [];
  const wasOpen = old.additionalProperties !== false;
  const isOpen = now.additionalProperties !== false;
  if (wasOpen && !isOpen)
    changes.push(change(path, "limit-tightened", "writers", "takes only the fields it names now"));
  if (!wasOpen && isOpen)
    changes.push(change(path, "limit-loosened", "readers", "may have fields it does not name now"));
  for (const name of ["oneOf", "propertyNames"] as const) {
    if (JSON.stringify(old[name]) === JSON.stringify(now[name])) continue;
    changes.push(change(path, "pattern-changed", "both", `has other rules for its fields (${name})`));
  }
  return changes;
}

/** What the hub reads beyond validity. Search and secrecy change what people find and see, and break neither side. */
function compareAnnotations(old: Schema, now: Schema, path: string): NodeChange[] {
  const compare = (
    name: "x-nave-key" | "x-nave-reference" | "x-nave-business-key" | "x-nave-secrecy",
    kind: ChangeKind,
    breaks: Breaks,
    what: string,
  ): NodeChange[] => {
    const before = old[name];
    const after = now[name];
    if (before === after) return [];
    return [change(path, kind, breaks, `${what} ${after ?? "nothing"} instead of ${before ?? "nothing"}`)];
  };
  return [
    ...compare("x-nave-key", "key-changed", "both", "has its items told apart by"),
    ...compare("x-nave-reference", "reference-changed", "both", "refers to"),
    ...compare("x-nave-business-key", "meaning-changed", "none", "is searched as"),
    ...compare("x-nave-secrecy", "meaning-changed", "none", "has the secrecy grade"),
  ];
}

function words(values: unknown[] | undefined): string {
  return (values ?? []).map((value) => JSON.stringify(value)).join(", ");
}
