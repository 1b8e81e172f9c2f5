import { NaveError } from "../errors.ts";
import { findBusinessKeys, findReferences } from "./references.ts";
import { checkRules } from "./rules/rules.ts";
import { readSchemas, SCHEMA_FOLDER } from "./schema-files.ts";
import { type ObjectShape, shapeAt, shapesOf } from "./shape.ts";
import type { EntityType, Model } from "./types.ts";
import { type SchemaCheck, schemaCheck } from "./validate.ts";

let loaded: Model | undefined;

/** All canonical types, read from the schemas the hub is shipped with. The same object every time. */
export function loadModel(): Model {
  loaded ??= modelOf(SCHEMA_FOLDER);
  return loaded;
}

/** The canonical types described by a folder of schemas. */
export function modelOf(folder: string): Model {
  const schemas = readSchemas(folder);
  const check = schemaCheck(schemas);
  const types = new Map<string, EntityType>();
  for (const [name, shape] of shapesOf(schemas)) types.set(name, entityType(name, shape, check));
  const entities = [...types.keys()];
  return {
    entities,
    entity(name) {
      const type = types.get(name);
      if (type !== undefined) return type;
      const accepts = entities.join(", ");
      throw new NaveError("NAVE_NOT_SUPPORTED", `"${name}" is no canonical type`, { value: name, accepts });
    },
  };
}

const shapes = new WeakMap<EntityType, ObjectShape>();

/** What the schemas say beyond validity; for flattening, secrecy and documentation. */
export function shapeOfType(type: EntityType): ObjectShape {
  const shape = shapes.get(type);
  if (shape === undefined) throw new TypeError(`${type.name} was not made by loadModel or modelOf`);
  return shape;
}

function entityType(name: string, shape: ObjectShape, check: SchemaCheck): EntityType {
  const type: EntityType = {
    name,
    title: shape.schema.title ?? name,
    validate(body) {
      const problems = check(name, body);
      // Rules add up and compare: they need a body whose parts have the right types.
      return problems.length > 0 ? problems : checkRules(name, shape, body);
    },
    listKey(path) {
      const at = shapeAt(shape, path);
      return at?.kind === "keyed" ? at.key : undefined;
    },
    references: (body) => findReferences(shape, body),
    businessKeys: (body) => findBusinessKeys(shape, body),
  };
  shapes.set(type, shape);
  return type;
}
