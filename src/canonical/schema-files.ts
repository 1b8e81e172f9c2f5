import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "../adapter-kit/contract.ts";

/** The part of JSON Schema 2020-12 that the canonical model uses, and the hub's own annotations (schemas/README.md). */
export type Schema = {
  $schema?: string;
  $ref?: string;
  $defs?: Record<string, Schema>;
  /** Where a part would otherwise lend its description to every field that uses it. */
  $comment?: string;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  enum?: Json[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  dependentRequired?: Record<string, string[]>;
  properties?: Record<string, Schema>;
  propertyNames?: Schema;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  "x-nave-key"?: string;
  "x-nave-reference"?: string;
  "x-nave-business-key"?: string;
  "x-nave-secrecy"?: 1 | 2 | 3;
  "x-nave-accepts"?: string;
  "x-nave-counterparts"?: { ubl?: string; x12?: string; edifact?: string };
};

/** Schemas by their path below the schema folder: `customer.schema.json`, `parts/address.schema.json`. */
export type SchemaSet = Map<string, Schema>;

const ENDING = ".schema.json";

/** The schemas the hub is shipped with. */
export const SCHEMA_FOLDER = fileURLToPath(new URL("../../schemas/", import.meta.url));

/** Reads a folder of canonical schemas, entities on top and shared parts below `parts/`. */
export function readSchemas(folder: string): SchemaSet {
  const schemas: SchemaSet = new Map();
  for (const below of ["", "parts/"]) {
    const names = readdirSync(join(folder, below)).filter((name) => name.endsWith(ENDING));
    for (const name of names.sort()) {
      schemas.set(below + name, JSON.parse(readFileSync(join(folder, below, name), "utf8")) as Schema);
    }
  }
  return schemas;
}

/** Names of the entities in a set: the schemas that are no parts. */
export function entityNames(schemas: SchemaSet): string[] {
  return [...schemas.keys()]
    .filter((file) => !file.includes("/"))
    .map((file) => file.slice(0, -ENDING.length));
}

export function entityFile(entity: string): string {
  return entity + ENDING;
}

/** A schema and the file it stands in, where its own references start from. */
export type Located = { schema: Schema; file: string };

/** A schema with its `$ref` followed, what stands beside the `$ref` laid over it; `part`: without that. */
export type Resolved = Located & { part: Schema };

export function resolve(schemas: SchemaSet, { schema, file }: Located): Resolved {
  const { $ref, ...beside } = schema;
  if ($ref === undefined) return { schema, file, part: schema };
  const target = resolve(schemas, follow(schemas, $ref, file));
  return { ...target, schema: { ...target.schema, ...beside } };
}

function follow(schemas: SchemaSet, ref: string, from: string): Located {
  const [path = "", pointer = ""] = ref.split("#");
  const file = path === "" ? from : new URL(path, `file:///${from}`).pathname.slice(1);
  let node: unknown = schemas.get(file);
  for (const name of pointer.split("/").slice(1)) {
    node = (node as Record<string, unknown> | undefined)?.[name];
  }
  if (node === undefined) throw new Error(`schemas/${from}: $ref "${ref}" leads nowhere`);
  return { schema: node as Schema, file };
}
