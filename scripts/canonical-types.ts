import type { ObjectShape, Shape } from "../src/canonical/shape.ts";

/**
 * Writes the TypeScript types of the canonical model. Written here rather than with json-schema-to-typescript, because a
 * `$ref` with a description beside it becomes a numbered copy there (`Reference1` ... `Reference40`).
 */
export function writeTypes(shapes: Map<string, ObjectShape>): string {
  const named = new Map<string, string>();
  const entities = [...shapes].map(
    ([entity, shape]) => `  ${JSON.stringify(entity)}: ${nameOf(shape, named)};`,
  );
  return `// Generated from schemas/ by scripts/generate-canonical.ts; do not edit.
import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Reference } from "./types.ts";

/** The body of each canonical type. */
export type CanonicalBodies = {
${entities.join("\n")}
};

${[...named.values()].join("\n")}`;
}

function nameOf(shape: ObjectShape, named: Map<string, string>): string {
  const { title, description } = shape.part;
  if (title === undefined)
    throw new Error(`an object without a title: ${[...shape.properties.keys()].join(", ")}`);
  const name = title.replaceAll(/(?:^|[\s-])(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const fields = [...shape.properties].map(([field, at]) => writeField(field, at, named));
  const doc = description === undefined || named.has(name) ? "" : `/** ${description} */\n`;
  const text = `${doc}export type ${name} = {\n${fields.join("\n")}\n};\n`;
  const held = named.get(name);
  if (held !== undefined && !held.endsWith(text))
    throw new Error(`two different parts are titled "${title}"`);
  if (held === undefined) named.set(name, text);
  return name;
}

function writeField(field: string, at: Shape, named: Map<string, string>): string {
  const { description } = at.schema;
  const isOwn = description !== undefined && (at.kind !== "object" || description !== at.part.description);
  const doc = isOwn ? `  /** ${description} */\n` : "";
  return `${doc}  ${field}${at.required ? "" : "?"}: ${typeOf(at, named)};`;
}

function typeOf(at: Shape, named: Map<string, string>): string {
  switch (at.kind) {
    case "object":
      return nameOf(at, named);
    case "keyed":
      return `${nameOf(at.item, named)}[]`;
    case "reference":
      return "Reference";
    case "bag":
      return "{ [system: string]: JsonObject }";
    default:
      return leafType(at.schema.enum, at.schema.type);
  }
}

function leafType(values: unknown[] | undefined, type: string | undefined): string {
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "boolean";
  return type === "array" ? "string[]" : "string";
}
