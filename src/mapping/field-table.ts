import type { ConvertDefinition, FieldRule, KeyRule, ListRule, MappingDefinition } from "./definition.ts";
import { asFieldRule, eachRule, isListRule, keyRuleOf, listPath, type ScopeDefinition } from "./rules.ts";
import { directionOf } from "./sides.ts";
import type { MappedField } from "./types.ts";

/** The mapping as rows for people: docs, console, lineage. Lists show as `addresses[billing].city`, with `[]` where the key varies. */
export function fieldTable(definition: MappingDefinition): MappedField[] {
  return scopeRows(definition, { canonical: "", native: "" });
}

/** The native paths behind a canonical path with or without list keys: where a value comes from and goes to. */
export function lineage(fields: readonly MappedField[], path: string): MappedField[] {
  const plain = withoutKeys(path);
  return fields.filter((field) => {
    const own = withoutKeys(field.canonical);
    const touches = plain === own || plain.startsWith(`${own}.`) || own.startsWith(`${plain}.`);
    return touches && keysAgree(path, field.canonical);
  });
}

/** The field table as Markdown. */
export function renderFieldTable(fields: readonly MappedField[]): string {
  const arrow = { both: "↔", in: "→ hub", out: "← hub" } as const;
  const rows = fields.map((field) => {
    const how = [
      field.converter,
      field.codeList === undefined ? undefined : `codes \`${field.codeList}\``,
      field.reference === undefined ? undefined : `reference to ${field.reference}`,
    ];
    const cells = [
      field.canonical === "" ? "" : `\`${field.canonical}\``,
      field.native === "" ? "" : `\`${field.native}\``,
      arrow[field.direction],
      how.filter((text) => text !== undefined).join(", "),
      field.note ?? "",
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| canonical | native | direction | how | note |", "|---|---|---|---|---|", ...rows].join("\n");
}

type Prefix = { canonical: string; native: string; direction?: ListRule["direction"] };

function scopeRows(scope: ScopeDefinition, prefix: Prefix): MappedField[] {
  const rows = eachRule(scope.fields, []).flatMap(({ name, rule }) =>
    isListRule(rule) ? listRows(name, rule, prefix) : [fieldRow(name, asFieldRule(rule), prefix)],
  );
  return [...rows, ...writeRows(scope, prefix), ...bagRows(scope, prefix)];
}

function fieldRow(name: string, rule: FieldRule, prefix: Prefix): MappedField {
  const own = directionOf(rule);
  const outer = prefix.direction ?? "both";
  const parts = rule.parts === undefined ? "" : `{${rule.parts.join(", ")}}`;
  const canonical =
    name === "." ? `${prefix.canonical.replace(/\.$/, "")}${parts}` : `${prefix.canonical}${name}${parts}`;
  const notes = [rule.note, limitsOf(rule)].filter((text) => text !== undefined && text !== "");
  return {
    canonical,
    native: [rule.native ?? []]
      .flat()
      .map((path) => prefix.native + path)
      .join(", "),
    direction: outer === "both" ? own : outer,
    ...optional("converter", converterText(rule)),
    ...optional("codeList", rule.codes),
    ...optional("reference", rule.reference),
    ...optional("note", notes.length > 0 ? notes.join("; ") : undefined),
  };
}

function limitsOf(rule: FieldRule): string {
  const texts = [
    rule.constant === undefined ? "" : `always ${JSON.stringify(rule.constant)}`,
    rule.max === undefined ? "" : `cut to ${rule.max} characters`,
    rule.when?.native === undefined ? "" : `read when ${rule.when.native}`,
    rule.when?.canonical === undefined ? "" : `written when ${rule.when.canonical}`,
    rule.default?.canonical === undefined
      ? ""
      : `${JSON.stringify(rule.default.canonical)} when the system has none`,
    rule.default?.native === undefined
      ? ""
      : `written as ${JSON.stringify(rule.default.native)} when the hub has none`,
  ];
  return texts.filter((text) => text !== "").join("; ");
}

function converterText(rule: FieldRule): string | undefined {
  const texts = [
    ...[rule.convert ?? []].flat().map(convertText),
    ...(rule.in === undefined ? [] : [`in \`${rule.in}\``]),
    ...(rule.out === undefined ? [] : [`out \`${rule.out}\``]),
    ...(rule.function === undefined ? [] : [`function \`${rule.function}\``]),
  ];
  return texts.length > 0 ? texts.join(", ") : undefined;
}

function convertText(convert: ConvertDefinition): string {
  if (typeof convert === "string") return convert;
  const [name, options] = Object.entries(convert)[0] as [string, object];
  const shown = Object.entries(options).map(
    ([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return `${name} (${shown.join(", ")})`;
}

function listRows(name: string, rule: ListRule, prefix: Prefix): MappedField[] {
  const key = keyRuleOf(rule);
  const native = rule.list === undefined ? prefix.native : `${prefix.native}${listPath(rule.list)}[].`;
  const direction = rule.direction ?? prefix.direction;
  const inner: Prefix = {
    canonical: `${prefix.canonical}${name}[${key.constant ?? ""}].`,
    native,
    ...optional("direction", direction),
  };
  const rows = scopeRows(rule, inner);
  if (key.native === undefined) return rows;
  return [
    { ...fieldRow("key", { ...withoutKeyOptions(key) }, inner), ...optional("note", rule.note) },
    ...rows,
  ];
}

function withoutKeyOptions({ native, convert, codes }: KeyRule): FieldRule {
  return { ...optional("native", native), ...optional("convert", convert), ...optional("codes", codes) };
}

function writeRows(scope: ScopeDefinition, prefix: Prefix): MappedField[] {
  return Object.entries(scope.write ?? {}).map(([path, write]) => {
    const value = typeof write === "object" ? write.constant : write;
    const only = typeof write === "object" && write.only === "create" ? " on create" : "";
    return {
      canonical: "",
      native: prefix.native + path,
      direction: "out",
      note: `always ${JSON.stringify(value)}${only}`,
    };
  });
}

function bagRows(scope: ScopeDefinition, prefix: Prefix): MappedField[] {
  const { extensions } = scope;
  if (extensions === undefined) return [];
  const natives = Array.isArray(extensions) ? extensions : ["*"];
  const except =
    typeof extensions === "object" && "except" in extensions ? ` but ${extensions.except.join(", ")}` : "";
  const note = Array.isArray(extensions)
    ? "carried as it is"
    : `every field that nothing else maps${except}, carried as it is`;
  return natives.map((path) => ({
    canonical: `${prefix.canonical}extensions.<system>.${path}`,
    native: prefix.native + path,
    direction: "both" as const,
    note,
  }));
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}

function withoutKeys(path: string): string {
  return path.replaceAll(/\[[^\]]*\]/g, "").replaceAll(/\{.*\}/g, "");
}

/** Two constant keys at the same list must be the same. */
function keysAgree(a: string, b: string): boolean {
  const other = keysOf(b);
  return [...keysOf(a)].every(([list, key]) => (other.get(list) ?? key) === key);
}

function keysOf(path: string): Map<string | undefined, string | undefined> {
  return new Map([...path.matchAll(/([^.[\]]+)\[([^\]]+)\]/g)].map(([, list, key]) => [list, key]));
}
