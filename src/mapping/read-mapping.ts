import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import type { Json } from "../adapter-kit/contract.ts";
import type { CodeListDefinition, CodePairs, MappingDefinition } from "./definition.ts";
import { collectFaults, type Faults, type SourcePath } from "./faults.ts";
import { MAPPING_SCHEMA } from "./schema.ts";

/** The YAML text of a mapping file. */
export type MappingSource = string;

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  verbose: true,
});
const isMappingFile = ajv.compile(MAPPING_SCHEMA);

/**
 * Parses and checks a mapping file. Mistakes of form are thrown at once as NAVE_CONFIG_INVALID; the returned `faults` take
 * those that only compiling can find, under the same line numbers.
 */
export function readMapping(
  source: MappingSource,
  file: string,
): { definition: MappingDefinition; faults: Faults } {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true, schema: "core" });
  const faults = collectFaults(file, (at) => lineOf(document, lines, at));
  for (const error of document.errors)
    faults.add([], `line ${error.linePos?.[0].line}: ${firstLine(error.message)}`);
  faults.throwIfAny();

  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isMappingFile(content)) {
    for (const error of isMappingFile.errors ?? []) addSchemaFault(faults, error);
    faults.throwIfAny();
  }
  const definition = content as MappingDefinition;
  const codes = Object.keys(definition.codes ?? {}).map((name) => [name, codeList(document, name)] as const);
  return { definition: { ...definition, codes: Object.fromEntries(codes) }, faults };
}

function addSchemaFault(faults: Faults, error: ErrorObject): void {
  if (error.keyword === "if") return;
  const at = error.instancePath.split("/").slice(1).map(unescapePointer);
  const known = Object.keys((error.parentSchema?.["properties"] as object | undefined) ?? {}).join(", ");
  if (error.keyword === "additionalProperties")
    return faults.add([...at, error.params["additionalProperty"]], "unknown key", known);
  if (error.keyword === "required") return faults.add(at, `${error.params["missingProperty"]} is missing`);
  const values =
    error.keyword === "enum" ? (error.params["allowedValues"] as unknown[]).join(", ") : undefined;
  const text = `${JSON.stringify(error.data)?.slice(0, 80)} ${error.message}`;
  faults.add(at, text, values);
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] as string;
}

/** The line of the nearest part of the path that exists; of the key, where the path ends at a map entry. */
function lineOf(document: Document, lines: LineCounter, at: SourcePath): number {
  for (let length = at.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(at.slice(0, length - 1), true);
    const entry = isMap(parent)
      ? keyNode(parent, String(at[length - 1]))
      : document.getIn(at.slice(0, length), true);
    if (isNode(entry) && entry.range) return lines.linePos(entry.range[0]).line;
  }
  return 1;
}

function keyNode(map: YAMLMap, key: string): unknown {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.key;
}

function codeList(document: Document, name: string): CodeListDefinition {
  const list = document.getIn(["codes", name], true) as YAMLMap;
  if (!list.items.every((pair) => isMap(pair.value))) return { both: codePairs(list), in: [], out: [] };
  const part = (key: "both" | "in" | "out"): CodePairs => {
    const pairs = list.get(key, true);
    return isMap(pairs) ? codePairs(pairs) : [];
  };
  return {
    both: part("both"),
    in: part("in"),
    out: part("out").map(([canonical, native]) => [native, canonical]),
  };
}

/** Keys with their YAML types, which a plain object would turn into texts: `true: business` and `1: active`. */
function codePairs(map: YAMLMap): CodePairs {
  return map.items.map((pair) => [scalarValue(pair.key), scalarValue(pair.value)]);
}

function scalarValue(node: unknown): Json {
  return isScalar(node) ? (node.value as Json) : null;
}
