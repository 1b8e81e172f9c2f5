import { compareValues } from "./compare-values.ts";
import type { NodeChange } from "./schema-change.ts";
import { type Located, type Resolved, resolve, type Schema, type SchemaSet } from "./schema-files.ts";

/** A place in one version of the schemas. */
export type Place = { schemas: SchemaSet; located: Located };

/** Compares what two versions say of one field, and of everything inside it. */
export function compareNodes(before: Place, after: Place, path: string): NodeChange[] {
  const old = resolve(before.schemas, before.located);
  const now = resolve(after.schemas, after.located);
  const changes = compareValues(old.schema, now.schema, path);
  // A field of another type has nothing left to compare.
  if (changes.some(({ kind }) => kind === "type-changed")) return changes;
  const inside = (found: Resolved, place: Place, schema: Schema): Place => ({
    schemas: place.schemas,
    located: { schema, file: found.file },
  });
  changes.push(...compareRequired(old.schema, now.schema, path));
  for (const [name, schema] of Object.entries(old.schema.properties ?? {})) {
    const inner = join(path, name);
    const later = now.schema.properties?.[name];
    if (later === undefined) changes.push(removed(inner, old.schema, name));
    else changes.push(...compareNodes(inside(old, before, schema), inside(now, after, later), inner));
  }
  for (const name of Object.keys(now.schema.properties ?? {})) {
    if (old.schema.properties?.[name] === undefined) changes.push(added(join(path, name), now.schema, name));
  }
  if (old.schema.items !== undefined && now.schema.items !== undefined) {
    const items = [inside(old, before, old.schema.items), inside(now, after, now.schema.items)] as const;
    changes.push(...compareNodes(...items, `${path}[]`));
  }
  return changes;
}

function removed(path: string, old: Schema, name: string): NodeChange {
  const wasRequired = old.required?.includes(name) === true;
  const text = `${path} is gone${wasRequired ? ", which was required" : ""}; writers that send it are refused`;
  return { path, kind: "field-removed", breaks: "both", text };
}

function added(path: string, now: Schema, name: string): NodeChange {
  const isRequired = now.required?.includes(name) === true;
  return {
    path,
    kind: "field-added",
    breaks: isRequired ? "writers" : "none",
    text: `${path} is new${isRequired ? " and required" : ""}`,
  };
}

/** Fields that both versions have and one requires; new and removed fields speak for themselves. */
function compareRequired(old: Schema, now: Schema, path: string): NodeChange[] {
  const changes: NodeChange[] = [];
  for (const name of Object.keys(now.properties ?? {})) {
    if (old.properties?.[name] === undefined) continue;
    const was = old.required?.includes(name) === true;
    const is = now.required?.includes(name) === true;
    const inner = join(path, name);
    if (is && !was) {
      const text = `${inner} is required now`;
      changes.push({ path: inner, kind: "required-added", breaks: "writers", text });
    }
    if (was && !is) {
      const text = `${inner} may be missing now`;
      changes.push({ path: inner, kind: "required-removed", breaks: "readers", text });
    }
  }
  return [...changes, ...compareDependentRequired(old, now, path)];
}

function compareDependentRequired(old: Schema, now: Schema, path: string): NodeChange[] {
  const before = new Set(dependencies(old));
  const after = new Set(dependencies(now));
  const change = (dependency: string, isNew: boolean): NodeChange => {
    const [field = "", needed = ""] = dependency.split(" ");
    const text = `${join(path, field)} ${isNew ? "needs" : "no longer needs"} ${join(path, needed)}`;
    const kind = isNew ? "required-added" : "required-removed";
    return { path: join(path, needed), kind, breaks: isNew ? "writers" : "readers", text };
  };
  return [
    ...[...after].filter((one) => !before.has(one)).map((one) => change(one, true)),
    ...[...before].filter((one) => !after.has(one)).map((one) => change(one, false)),
  ];
}

function dependencies({ dependentRequired = {} }: Schema): string[] {
  return Object.entries(dependentRequired).flatMap(([field, needs]) =>
    needs.map((need) => `${field} ${need}`),
  );
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
