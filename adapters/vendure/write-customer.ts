import {
  diffKeyedList,
  type Json,
  type JsonObject,
  type Observation,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import type { Shop } from "./connect-shop.ts";
import { isCode, refused } from "./faults.ts";
import { textOf } from "./native.ts";
import { CUSTOMERS, findRecords } from "./watch-records.ts";

type Signal = AbortSignal | undefined;

/** Native properties that are Vendure's own; the others that can be written are custom fields. */
const OWN = ["title", "firstName", "lastName", "emailAddress", "phoneNumber"];
const CUSTOM = ["company", "customerNumber"];
/** Vendure requires them; a cleared one is written as an empty text, which it accepts for names. */
const REQUIRED_TEXTS = new Set(["firstName", "lastName"]);

const ADDRESS = [
  "fullName",
  "company",
  "streetLine1",
  "streetLine2",
  "city",
  "province",
  "postalCode",
  "countryCode",
  "phoneNumber",
];

/**
 * Creates a customer, then the addresses one by one: Vendure has no call for both. Countries, which it could refuse, are checked
 * before. A customer left without addresses by an interruption is known by the hub's key and completed.
 */
export async function createCustomer(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "create" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { body, probeKey } = request;
  const addresses = await checkedAddresses(shop, body["addresses"], signal);
  const email = emailOf(body);
  const input: JsonObject = { firstName: "", lastName: "", ...customerInput(body), emailAddress: email };
  input["customFields"] = { ...(input["customFields"] as JsonObject), naveKey: probeKey };
  try {
    const data = await shop.ask<{ createCustomer: { id: string } }>(
      "CreateCustomer",
      { input },
      { writes: true, signal },
    );
    for (const address of addresses) await createAddress(shop, data.createCustomer.id, address, signal);
    return await written(shop, data.createCustomer.id, signal);
  } catch (error) {
    const holders = await holdersOf(shop, email, error, signal);
    const own = holders.find(({ native }) => native["naveKey"] === probeKey);
    if (own === undefined) return duplicate(holders, error);
    await updateAddresses(shop, own.localId, listOf(own.native["addresses"]), addresses, signal);
    return written(shop, own.localId, signal);
  }
}

export async function updateCustomer(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "update" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { localId, changes, held } = request;
  const wished =
    "addresses" in changes ? await checkedAddresses(shop, changes["addresses"], signal) : undefined;
  const input = customerInput(changes);
  if ("emailAddress" in changes) input["emailAddress"] = emailOf(changes);
  if (Object.keys(input).length > 0) {
    try {
      await shop.ask("UpdateCustomer", { input: { id: localId, ...input } }, { writes: true, signal });
    } catch (error) {
      return duplicate(await holdersOf(shop, textOf(changes["emailAddress"]), error, signal), error);
    }
  }
  if (wished !== undefined) await updateAddresses(shop, localId, listOf(held["addresses"]), wished, signal);
  return written(shop, localId, signal);
}

/** Vendure keeps a deleted customer for the sake of the orders and shows it nowhere. */
export async function deleteCustomer(shop: Shop, localId: string, signal: Signal): Promise<WriteOutcome> {
  await shop.ask("DeleteCustomer", { id: localId }, { writes: true, signal });
  return { kind: "written", localId };
}

async function written(shop: Shop, id: string, signal: Signal): Promise<WriteOutcome> {
  const [observation] = await findRecords(shop, CUSTOMERS, { id: { eq: id } }, 1, signal);
  return observation === undefined ? { kind: "missing" } : { kind: "written", localId: id, observation };
}

/** Who has the e-mail address that Vendure gives to one customer only; throws any other error on. */
async function holdersOf(shop: Shop, email: string, error: unknown, signal: Signal): Promise<Observation[]> {
  if (!isCode(error, "NAVE_RECORD_REFUSED") || error.detail.value !== "EMAIL_ADDRESS_CONFLICT_ERROR")
    throw error;
  // Vendure keeps addresses in lower case
  return findRecords(shop, CUSTOMERS, { emailAddress: { in: [email, email.toLowerCase()] } }, 10, signal);
}

function duplicate(holders: readonly Observation[], error: unknown): WriteOutcome {
  const text = error instanceof Error ? error.message : "The e-mail address is taken";
  return { kind: "duplicate", candidates: holders.map(({ localId }) => localId), text };
}

function customerInput(values: JsonObject): JsonObject {
  const input: JsonObject = {};
  for (const name of OWN) {
    if (name in values)
      input[name] = REQUIRED_TEXTS.has(name) ? (values[name] ?? "") : (values[name] ?? null);
  }
  const custom = CUSTOM.filter((name) => name in values).map((name) => [name, values[name] ?? null] as const);
  if (custom.length > 0) input["customFields"] = Object.fromEntries(custom);
  return input;
}

function emailOf(values: JsonObject): string {
  const email = values["emailAddress"];
  if (typeof email === "string" && email !== "") return email;
  throw refused("A Vendure customer needs an e-mail address", {
    field: "emailAddress",
    value: email,
    accepts: "an e-mail address that no other customer has",
  });
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

async function checkedAddresses(shop: Shop, value: Json | undefined, signal: Signal): Promise<JsonObject[]> {
  const { countries } = await shop.facts(signal);
  const addresses = listOf(value);
  addresses.forEach((address, index) => {
    const country = address["countryCode"];
    if (typeof country === "string" && countries.has(country)) return;
    throw refused(`The shop does not know the country ${JSON.stringify(country ?? null)}`, {
      field: `addresses[${index}].countryCode`,
      value: country,
      accepts: `one of the shop's countries: ${[...countries].slice(0, 50).join(", ")}`,
    });
  });
  return addresses;
}

/** Pairs the addresses by Vendure's id, and by their key where the wish knows none: adds, changes and removes only what differs. */
async function updateAddresses(
  shop: Shop,
  customerId: string,
  held: JsonObject[],
  wished: JsonObject[],
  signal: Signal,
): Promise<void> {
  const idOfKey = new Map(held.map((address) => [address["key"], address["id"]]));
  const paired = wished.map((address) => {
    const id = address["id"] ?? idOfKey.get(address["key"]);
    return id === undefined ? address : { ...address, id };
  });
  const { added, changed, removed } = diffKeyedList(held, paired, "id");
  for (const address of removed)
    await shop.ask("DeleteAddress", { id: address["id"] as Json }, { writes: true, signal });
  for (const { key, changes, wished: whole } of changed) {
    const input = { id: key, ...addressInput(changes), ...roleInput(changes, whole) };
    if (Object.keys(input).length > 1) await shop.ask("UpdateAddress", { input }, { writes: true, signal });
  }
  for (const address of added) await createAddress(shop, customerId, address, signal);
}

async function createAddress(
  shop: Shop,
  customerId: string,
  address: JsonObject,
  signal: Signal,
): Promise<void> {
  const input = { streetLine1: "", ...addressInput(address), ...roleInput(address, address) };
  await shop.ask("CreateAddress", { customerId, input }, { writes: true, signal });
}

/** Vendure keeps empty texts, not nothing, where an address has none. */
function addressInput(values: JsonObject): JsonObject {
  const input: JsonObject = {};
  for (const name of ADDRESS) if (name in values) input[name] = values[name] ?? "";
  return input;
}

/** The two roles that Vendure knows are flags; any other key is kept in the plugin's field. */
function roleInput(changes: JsonObject, address: JsonObject): JsonObject {
  if (!("key" in changes)) return {};
  const key = address["key"];
  if (key === "billing") return { defaultBillingAddress: true };
  if (key === "shipping") return { defaultShippingAddress: true };
  return typeof key === "string" && !key.startsWith("shop-") ? { customFields: { naveKey: key } } : {};
}
