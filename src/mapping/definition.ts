import type { Json, JsonObject } from "../adapter-kit/contract.ts";

/** A mapping file as written, after the schema has accepted it. See docs/mapping.md for what each key means. */
export type MappingDefinition = {
  entity: string;
  native: string;
  /** What a cleared native field is written as; null unless stated. */
  empty?: Json;
  codes?: Record<string, CodeListDefinition>;
  fields: FieldsDefinition;
  write?: Record<string, WriteDefinition>;
  extensions?: ExtensionsDefinition;
};

export type FieldsDefinition = Record<string, RuleDefinition | RuleDefinition[]>;

/** `name: native_name` is short for `name: { native: native_name }`. */
export type RuleDefinition = string | FieldRule | ListRule;

/** Pairs of [native, canonical]; the types of native values are kept, so that `true: business` writes a boolean. */
export type CodePairs = [native: Json, canonical: Json][];

/** Read from YAML with the types of its keys: see `codePairs` in read-mapping.ts. */
export type CodeListDefinition = { both: CodePairs; in: CodePairs; out: CodePairs };

export type Direction = "both" | "in" | "out";

/** `name` or `{ name: options }`. */
export type ConvertDefinition = string | Record<string, JsonObject>;

export type Condition = { native?: string; canonical?: string };

export type ValueRule = {
  native?: string | string[];
  convert?: ConvertDefinition | ConvertDefinition[];
  /** Name of a list under `codes`. */
  codes?: string;
};

export type FieldRule = ValueRule & {
  direction?: Direction;
  reference?: string;
  constant?: Json;
  default?: { native?: Json; canonical?: Json };
  empty?: Json;
  max?: number;
  when?: Condition;
  /** JSONata over the native scope, in place of reading `native`. */
  in?: string;
  /** JSONata over the canonical scope, in place of reading the canonical path. */
  out?: string;
  function?: string;
  /** The properties that the value, an object, consists of; without it the whole path is covered. */
  parts?: string[];
  note?: string;
};

export type KeyRule = ValueRule & {
  /** Of the only item, or of the first one in the list that `when` claims. */
  constant?: string;
  /** Items with the same key: `number` makes the second `email-2`; `problem`, the default, reports it. */
  duplicates?: "number" | "problem";
  /** Number of the first item, for lists whose order is their only key. */
  position?: number;
};

export type ListRule = {
  /** The native list; without it the item's fields lie in the surrounding native record. */
  list?: string;
  /** A text is the constant key of a flat item, or the native path of the key in the items of a list. */
  key: string | KeyRule;
  /** Native property with the target's own item id. */
  id?: string;
  direction?: Direction;
  when?: Condition;
  fields: FieldsDefinition;
  write?: Record<string, WriteDefinition>;
  extensions?: ExtensionsDefinition;
  note?: string;
};

/** A native field without canonical counterpart; `{ constant, when, only }` where a plain value is not enough. */
export type WriteDefinition = string | number | boolean | { constant: Json; when?: string; only?: "create" };

/** Which native fields the bag carries: all that nothing else maps, all but some, or the named ones. */
export type ExtensionsDefinition = "all" | string[] | { except: string[] };
