import {
  entityFile,
  entityNames,
  type Located,
  resolve,
  type Schema,
  type SchemaSet,
} from "./schema-files.ts";

/** What the hub must know of a schema beyond validity: where lists are keyed, what refers to what, what identifies. */
export type Shape = ObjectShape | KeyedShape | LeafShape | ReferenceShape | BagShape;

type Described = {
  /** As it is used here. */
  schema: Schema;
  /** The shared part it is, without what stands beside the reference to it. */
  part: Schema;
  required: boolean;
  /** 1 open within the firm, 2 personal, 3 confidential; inherited from the part around it. */
  secrecy: 1 | 2 | 3;
  businessKey?: string;
};
export type ObjectShape = Described & { kind: "object"; properties: Map<string, Shape> };
export type KeyedShape = Described & { kind: "keyed"; key: string; item: ObjectShape };
export type LeafShape = Described & { kind: "leaf"; decimal: boolean };
export type ReferenceShape = Described & { kind: "reference"; entity: string };
/** The extension bag: system, then native field name (which may contain anything), then a value that is a leaf. */
export type BagShape = Described & { kind: "bag" };

/** The shape of every entity in a set of schemas. */
export function shapesOf(schemas: SchemaSet): Map<string, ObjectShape> {
  const shapes = new Map<string, ObjectShape>();
  for (const entity of entityNames(schemas)) {
    const file = entityFile(entity);
    const schema = schemas.get(file) as Schema;
    const described: Described = {
      schema,
      part: schema,
      required: true,
      secrecy: schema["x-nave-secrecy"] ?? 1,
    };
    shapes.set(entity, objectShape(schemas, { schema, file }, described));
  }
  return shapes;
}

function shapeOf(schemas: SchemaSet, at: Located, required: boolean, around: 1 | 2 | 3): Shape {
  const found = resolve(schemas, at);
  const { schema, part } = found;
  const described: Described = { schema, part, required, secrecy: schema["x-nave-secrecy"] ?? around };
  const businessKey = schema["x-nave-business-key"];
  if (businessKey !== undefined) described.businessKey = businessKey;
  const entity = schema["x-nave-reference"];
  if (entity !== undefined) return { ...described, kind: "reference", entity };
  if (schema.properties !== undefined) return objectShape(schemas, found, described);
  if (typeof schema.additionalProperties === "object") return { ...described, kind: "bag" };
  const key = schema["x-nave-key"];
  if (key !== undefined && schema.items !== undefined) {
    const item = resolve(schemas, { schema: schema.items, file: found.file });
    const secrecy = item.schema["x-nave-secrecy"] ?? described.secrecy;
    const itemDescribed: Described = { schema: item.schema, part: item.part, required: true, secrecy };
    return { ...described, kind: "keyed", key, item: objectShape(schemas, item, itemDescribed) };
  }
  return { ...described, kind: "leaf", decimal: schema.format === "decimal" };
}

function objectShape(schemas: SchemaSet, at: Located, described: Described): ObjectShape {
  const properties = new Map<string, Shape>();
  for (const [name, property] of Object.entries(at.schema.properties ?? {})) {
    const required = at.schema.required?.includes(name) ?? false;
    properties.set(name, shapeOf(schemas, { schema: property, file: at.file }, required, described.secrecy));
  }
  return { ...described, kind: "object", properties };
}

/** The shape at a path whose list keys are taken out (`lines.quantity.value`); undefined: there is nothing there. */
export function shapeAt(shape: Shape, path: string): Shape | undefined {
  let at: Shape | undefined = shape;
  for (const name of path === "" ? [] : path.split(".")) {
    if (at?.kind === "bag") return at;
    const within: Shape | undefined = at?.kind === "keyed" ? at.item : at;
    at = within?.kind === "object" ? within.properties.get(name) : undefined;
  }
  return at;
}
