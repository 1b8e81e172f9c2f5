import { compareNodes } from "./compare-nodes.ts";
import type { NodeChange, SchemaChange } from "./schema-change.ts";
import { entityFile, entityNames, readSchemas, type Schema, type SchemaSet } from "./schema-files.ts";

export type { SchemaChange };

/**
 * What changed between two versions of the canonical schemas, and whom each change breaks.
 *
 * A reader is a mapping, flow or system that takes records; it breaks when something it counted on may be missing or new
 * values may come. A writer makes records; it breaks when what it sends is refused.
 *
 * @param before  Folder of schemas, or the schemas by file as `readSchemas` gives them.
 */
export function compareSchemas(before: string | SchemaSet, after: string | SchemaSet): SchemaChange[] {
  const old = typeof before === "string" ? readSchemas(before) : before;
  const now = typeof after === "string" ? readSchemas(after) : after;
  const entities = new Set([...entityNames(old), ...entityNames(now)]);
  return [...entities].sort().flatMap((entity) => compareEntity(entity, old, now));
}

function compareEntity(entity: string, old: SchemaSet, now: SchemaSet): SchemaChange[] {
  const file = entityFile(entity);
  const before = old.get(file);
  const after = now.get(file);
  if (before === undefined) {
    return [{ entity, path: "", kind: "entity-added", breaks: "none", text: `${entity} is new` }];
  }
  if (after === undefined) {
    return [{ entity, path: "", kind: "entity-removed", breaks: "both", text: `${entity} is gone` }];
  }
  const at = (schemas: SchemaSet, schema: Schema) => ({ schemas, located: { schema, file } });
  return compareNodes(at(old, before), at(now, after), "").map((change: NodeChange) => ({
    entity,
    ...change,
  }));
}
