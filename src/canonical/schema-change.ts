import type { FieldPath } from "./types.ts";

/** Whom a change breaks: who reads records of the new schema knowing the old one, or who writes by the old one. */
export type Breaks = "readers" | "writers" | "both" | "none";

/** One difference between two versions of the canonical model. */
export type SchemaChange = {
  entity: string;
  /** Path of the field; list items as `list[]`; empty: the entity itself. */
  path: FieldPath;
  kind: ChangeKind;
  breaks: Breaks;
  /** One sentence naming old and new. */
  text: string;
};

export type ChangeKind =
  | "entity-added"
  | "entity-removed"
  | "field-added"
  | "field-removed"
  | "required-added"
  | "required-removed"
  | "type-changed"
  | "values-added"
  | "values-removed"
  | "format-changed"
  | "pattern-changed"
  | "limit-tightened"
  | "limit-loosened"
  | "key-changed"
  | "reference-changed"
  | "meaning-changed";

/** A change within an entity that is known to whoever asked. */
export type NodeChange = Omit<SchemaChange, "entity">;
