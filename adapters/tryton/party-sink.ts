import { diffKeyedList, type Json, type JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import type { Directory } from "./directory.ts";
import { refused } from "./faults.ts";
import { holdersOfCode, probeIdentifier, untypedIdentifier } from "./identifiers.ts";
import { isPhone } from "./parties.ts";
import { plainText, text } from "./rows.ts";
import { oneLine, rpcDecimal } from "./rpc-values.ts";
import type { Sink } from "./source.ts";

export function partySink(call: Call, directory: Directory, hasCreditLimit: boolean): Sink {
  return {
    model: "party.party",
    localIds: (ids) => Promise.resolve(ids.map(String)),
    writtenId: Number,
    archiveValues: () => ({ active: false }),
    async createValues(body, probeKey) {
      const { addresses = [], contact_mechanisms = [], identifiers = [] } = body;
      const made = await Promise.all(itemsOf(addresses).map((item) => addressValues(directory, item)));
      const numbers = [...itemsOf(identifiers).map(identifierValues), probeIdentifier(probeKey)];
      return {
        ...(await headerValues({ name: null, ...body }, directory, hasCreditLimit)),
        // left out, Tryton would make an empty address
        addresses: made.length === 0 ? [] : [["create", made]],
        contact_mechanisms: [["create", itemsOf(contact_mechanisms).map(mechanismValues)]],
        identifiers: [["create", numbers]],
      };
    },
    async updateValues({ changes, held, probeKey }) {
      const { addresses, contact_mechanisms, identifiers, ...fields } = changes;
      const values = await headerValues(fields, directory, hasCreditLimit);
      if (addresses !== undefined) {
        const valuesOf = (item: JsonObject) => addressValues(directory, item);
        values["addresses"] = await listActions(held["addresses"], addresses, { active: false }, valuesOf);
      }
      if (contact_mechanisms !== undefined) {
        const before = held["contact_mechanisms"];
        values["contact_mechanisms"] = await listActions(
          before,
          contact_mechanisms,
          { active: false },
          mechanismValues,
        );
      }
      const before = held["identifiers"];
      const numbers = await listActions(before, identifiers ?? before ?? [], "delete", identifierValues);
      if (held["probe_key"] === undefined) numbers.push(["create", [probeIdentifier(probeKey)]]);
      if (numbers.length > 0) values["identifiers"] = numbers;
      return values;
    },
    holders: (body, signal) => holdersOfCode(call, "party.party", body, signal),
    relent: withoutCheckOf,
  };
}

async function headerValues(
  fields: JsonObject,
  directory: Directory,
  hasCreditLimit: boolean,
): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "name") values["name"] = requiredName(value);
    // a party always has a code; without one Tryton counts
    else if (name === "code" && value !== null) values["code"] = value;
    else if (name === "active") values["active"] = value;
    else if (name === "language") values["lang"] = await idIn(directory.languages, value, "language");
    else if (name === "payment_term") {
      values["customer_payment_term"] = await idIn(directory.paymentTerms, value, "payment term");
    } else if (name === "credit_limit") values["credit_limit_amount"] = creditLimit(value, hasCreditLimit);
  }
  return values;
}

/** The values of an address, by the words of the native record; only those that are there. */
export async function addressValues(directory: Directory, item: JsonObject): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(item)) {
    if (name === "name") values["party_name"] = oneLine(value);
    else if (name === "building") values["name"] = oneLine(value);
    else if (name === "street") values["street"] = value;
    else if (name === "postal_code" || name === "city") values[name] = oneLine(value);
    else if (name === "country") values["country"] = await idIn(directory.countries, value, "country");
    else if (name === "use")
      Object.assign(values, { invoice: value === "billing", delivery: value === "shipping" });
  }
  const region = item["region"];
  if (region === null) values["subdivision"] = null;
  if (typeof region === "string") values["subdivision"] = await regionId(directory, item, region);
  return values;
}

async function regionId(directory: Directory, item: JsonObject, region: string): Promise<number> {
  const country = text(item, "country");
  if (country !== undefined)
    return directory.region(await directory.countries.find(country, "country"), region);
  throw refused(`Tryton keeps a region only together with a country, and there is none for "${region}"`, {
    field: "addresses.region",
    value: region,
    accepts: "an address with a country",
  });
}

/** What Tryton must do to a one-to-many link; what is no longer wished is deactivated, or deleted where that cannot be. */
async function listActions(
  held: Json | undefined,
  wished: Json,
  removal: JsonObject | "delete",
  valuesOf: (item: JsonObject) => JsonObject | Promise<JsonObject>,
): Promise<Json[]> {
  const diff = diffKeyedList(itemsOf(held), itemsOf(wished), "id");
  const actions: Json[] = [];
  for (const { key, wished: item, changes } of diff.changed) {
    actions.push(["write", [key], await valuesOf(withItsCounterpart(item, changes))]);
  }
  for (const { id = null } of diff.removed) {
    actions.push(removal === "delete" ? ["delete", [id]] : ["write", [id], removal]);
  }
  for (const item of diff.added) actions.push(["create", [await valuesOf(item)]]);
  return actions;
}

/** A region is found within its country, a number belongs to its scheme, a value to its type: what is half changed is written whole. */
function withItsCounterpart(item: JsonObject, changes: JsonObject): JsonObject {
  const whole = { ...changes };
  for (const [one, other] of [
    ["region", "country"],
    ["country", "region"],
    ["code", "scheme"],
    ["scheme", "code"],
    ["value", "type"],
  ] as const) {
    const value = item[other];
    if (one in changes && !(other in changes) && value !== undefined) whole[other] = value;
  }
  return whole;
}

function mechanismValues(item: JsonObject): JsonObject {
  const { type, value } = item;
  return { ...(type === undefined ? {} : { type }), ...(value === undefined ? {} : { value }) };
}

/**
 * Tryton refuses phone numbers that python3-phonenumbers calls invalid, and with the number the whole party. A front office
 * has such numbers; they are kept as contact mechanisms of the type "other", named by their type (see `nativeMechanism`).
 */
function withoutCheckOf(values: JsonObject, refusal: string): JsonObject | undefined {
  let relented = false;
  const unchecked = (item: JsonObject): JsonObject => {
    const { type, value } = item;
    if (!isPhone(type) || typeof value !== "string" || !refusal.includes(value)) return item;
    relented = true;
    return { ...item, type: "other", name: type ?? null };
  };
  const actions = (values["contact_mechanisms"] ?? []) as [string, Json[], JsonObject?][];
  const contact_mechanisms = actions.map(([action, first, second]): Json => {
    if (action === "create") return [action, (first as JsonObject[]).map(unchecked)];
    return second === undefined ? [action, first] : [action, first, unchecked(second)];
  });
  return relented ? { ...values, contact_mechanisms } : undefined;
}

function identifierValues({ scheme, code = null }: JsonObject): JsonObject {
  if (scheme === "vat") return { type: "eu_vat", code };
  if (typeof scheme === "string" && /^[a-z]{2}-/.test(scheme))
    return { type: scheme.replaceAll("-", "_"), code };
  return untypedIdentifier(scheme, code);
}

/** Tryton itself accepts parties without a name. */
function requiredName(name: Json): Json {
  if (typeof name === "string" && name.trim() !== "") return oneLine(name);
  throw refused("A party needs a name", { field: "name", accepts: "a text that is not empty" });
}

function creditLimit(value: Json, hasCreditLimit: boolean): Json {
  if (value === null) return null;
  if (hasCreditLimit) return rpcDecimal(plainText(value));
  throw refused("This Tryton keeps no credit limits: the module account_credit_limit is not active", {
    field: "credit_limit",
  });
}

async function idIn(book: Directory["countries"], code: Json, field: string): Promise<number | null> {
  return code === null ? null : (await book.find(plainText(code), field)).id;
}

function itemsOf(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as JsonObject[]) : [];
}
