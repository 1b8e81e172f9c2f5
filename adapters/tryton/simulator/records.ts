import { multiply, round, sum } from "../../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject } from "../../../src/adapter-kit/index.ts";
import { plainText } from "../rows.ts";
import { rpcDate, rpcDecimal, rpcInstant } from "../rpc-values.ts";
import { matches } from "./domain.ts";
import { fieldOf, MODELS } from "./models.ts";
import { ConcurrencyRefusal, UserRefusal } from "./refusals.ts";

export type Stored = JsonObject & { id: number };

/** Records of all models in memory. A call that throws leaves everything as it was. */
export class Records {
  readonly #tables = new Map<string, Map<number, Stored>>();
  #lastId = 0;
  #undo: (() => void)[] = [];

  transaction<T>(work: () => T): T {
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      for (const undo of this.#undo.toReversed()) undo();
      throw error;
    }
  }

  search(model: string, domain: Json, context: JsonObject): Stored[] {
    const all = [...this.#table(model).values()];
    const mentionsActive = JSON.stringify(domain).includes('"active"');
    const hidesInactive = context["active_test"] !== false && !mentionsActive;
    return all.filter(
      (row) => !(hidesInactive && row["active"] === false) && matches(this, model, row, domain),
    );
  }

  get(model: string, id: number): Stored | undefined {
    return this.#table(model).get(id);
  }

  create(model: string, values: JsonObject, stamp: string): number {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#put(model, {
      ...MODELS[model]?.defaults,
      id,
      create_date: stamp,
      write_date: null,
      _timestamp: stampText(stamp),
    });
    this.#assign(model, id, values, stamp);
    if (model === "party.party" && !this.get(model, id)?.["code"])
      this.#assign(model, id, { code: String(id) }, stamp);
    this.#check(model, id);
    return id;
  }

  write(model: string, id: number, values: JsonObject, stamp: string, locks: JsonObject = {}): void {
    const row = this.get(model, id);
    if (!row)
      throw new UserRefusal(
        `You are trying to write to records "${id}" of "${model}" that don't exist anymore.`,
      );
    const lock = locks[`${model},${id}`];
    if (lock !== undefined && lock !== row["_timestamp"]) throw new ConcurrencyRefusal();
    this.#put(model, { ...row, write_date: stamp, _timestamp: stampText(stamp) });
    this.#assign(model, id, values, stamp, locks);
    this.#check(model, id);
  }

  delete(model: string, id: number): void {
    const row = this.get(model, id);
    if (!row) return;
    for (const [name, field] of Object.entries(MODELS[model]?.fields ?? {})) {
      if (field.kind !== "many") continue;
      for (const child of this.#children(field.model, field.inverse, id)) this.delete(field.model, child.id);
      void name;
    }
    this.#table(model).delete(id);
    this.#undo.push(() => this.#table(model).set(id, row));
  }

  /** A record as `read` answers it: values in Tryton's encoding, and nested what was asked for with dots. */
  show(model: string, row: Stored, names: readonly string[], context: JsonObject): JsonObject {
    const shown: JsonObject = { id: row.id };
    const below = new Map<string, string[]>();
    for (const name of names) {
      const [link = "", ...rest] = name.split(".");
      if (rest.length > 0) below.set(link, [...(below.get(link) ?? []), rest.join(".")]);
      else shown[name] = encode(model, name, this.valueOf(model, row, name));
    }
    for (const [link, inner] of below) shown[`${link}.`] = this.#showLinked(model, row, link, inner, context);
    return shown;
  }

  /** The value of a field, computed where Tryton computes it. */
  valueOf(model: string, row: Stored, name: string): Json {
    const field = fieldOf(model, name);
    if (field?.kind === "many")
      return this.#children(field.model, field.inverse, row.id).map((child) => child.id);
    if (model === "sale.line" && name === "amount") return lineAmount(row);
    if (model === "sale.sale" && name.endsWith("_amount"))
      return name === "tax_amount" ? "0" : this.#saleAmount(row);
    if (model === "product.product" && name === "code") {
      return this.get("product.template", Number(row["template"]))?.["code"] ?? null;
    }
    return row[name] ?? null;
  }

  #showLinked(model: string, row: Stored, link: string, names: string[], context: JsonObject): Json {
    const field = fieldOf(model, link);
    const value = this.valueOf(model, row, link);
    if (field === undefined || !("model" in field))
      return field === undefined && Array.isArray(value) ? [] : null;
    const show = (id: Json) => {
      const linked = this.get(field.model, Number(id));
      return linked ? this.show(field.model, linked, names, context) : null;
    };
    if (field.kind === "one") return value === null ? null : show(value);
    const rows = (Array.isArray(value) ? value : []).map(show);
    const hidesInactive = context["active_test"] !== false;
    return hidesInactive ? rows.filter((one) => one?.["active"] !== false) : rows;
  }

  #assign(model: string, id: number, values: JsonObject, stamp: string, locks: JsonObject = {}): void {
    const own: JsonObject = {};
    for (const [name, value] of Object.entries(values)) {
      const field = fieldOf(model, name);
      if (field?.kind === "many") this.#assignChildren(field.model, field.inverse, id, value, stamp, locks);
      else own[name] = field?.kind === "set" ? linkedIds(this.get(model, id)?.[name], value) : value;
    }
    this.#put(model, { ...(this.get(model, id) ?? { id }), ...own });
  }

  #assignChildren(
    model: string,
    inverse: string,
    owner: number,
    value: Json,
    stamp: string,
    locks: JsonObject,
  ): void {
    for (const [action, first, second] of value as [string, Json[], JsonObject?][]) {
      if (action === "create")
        for (const one of first) this.create(model, { ...(one as JsonObject), [inverse]: owner }, stamp);
      if (action === "write")
        for (const id of first) this.write(model, Number(id), second ?? {}, stamp, locks);
      if (action === "delete") for (const id of first) this.delete(model, Number(id));
    }
  }

  /** Unique codes, and what Tryton checks with python3-phonenumbers and python3-stdnum. */
  #check(model: string, id: number): void {
    const row = this.get(model, id);
    const unique = MODELS[model]?.unique;
    if (unique && row?.[unique.field]) {
      const others = [...this.#table(model).values()].filter(
        (one) => one[unique.field] === row[unique.field],
      );
      if (others.length > 1) throw new UserRefusal(unique.text);
    }
    const vat = row?.["type"] === "eu_vat" ? plainText(row["code"]) : "DE136695976";
    if (model === "party.identifier" && !/^[A-Z]{2}[0-9A-Z]{8,12}$/.test(vat)) {
      throw new UserRefusal(
        `The European VAT Number "${vat}" for party "${plainText(row?.["party"])}" is not valid.`,
      );
    }
    const phone = row?.["type"] === "phone" ? plainText(row["value"]) : "";
    if (model === "party.contact_mechanism" && phone !== "" && phone.replaceAll(/\D/g, "").length < 5) {
      throw new UserRefusal(
        `The phone number "${phone}" for party "${plainText(row?.["party"])}" is not valid.`,
      );
    }
  }

  #saleAmount(sale: Stored): string {
    return sum(this.#children("sale.line", "sale", sale.id).map(lineAmount));
  }

  #children(model: string, inverse: string, owner: number): Stored[] {
    return [...this.#table(model).values()].filter((row) => row[inverse] === owner);
  }

  #put(model: string, row: Stored): void {
    const table = this.#table(model);
    const before = table.get(row.id);
    table.set(row.id, row);
    this.#undo.push(() => void (before ? table.set(row.id, before) : table.delete(row.id)));
  }

  #table(model: string): Map<number, Stored> {
    const table = this.#tables.get(model) ?? new Map<number, Stored>();
    this.#tables.set(model, table);
    return table;
  }
}

function lineAmount(line: Stored): string {
  return round(
    multiply(plainText(line["quantity"] ?? 0), plainText(line["unit_price"] ?? "0")),
    2,
    "half-even",
  );
}

function linkedIds(before: Json | undefined, value: Json): Json {
  let ids = Array.isArray(before) ? [...before] : [];
  for (const [action, some] of value as [string, Json[]][]) {
    ids = action === "add" ? [...ids, ...some] : ids.filter((id) => !some.includes(id));
  }
  return ids;
}

function encode(model: string, name: string, value: Json): Json {
  const kind = fieldOf(model, name)?.kind;
  if (value === null || typeof value !== "string") return value;
  if (kind === "decimal") return rpcDecimal(value);
  if (kind === "date") return rpcDate(value);
  return kind === "datetime" ? rpcInstant(value) : value;
}

function stampText(stamp: string): string {
  const micros = /\.(\d+)Z$/.exec(stamp)?.[1] ?? "0";
  return `${Math.floor(Date.parse(stamp) / 1000)}.${micros}`;
}
