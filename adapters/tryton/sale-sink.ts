import type { Json, JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import type { Directory } from "./directory.ts";
import { refused } from "./faults.ts";
import { ADDRESS_FIELDS, addressContent } from "./parties.ts";
import { addressValues } from "./party-sink.ts";
import { fieldsOf, linkedRows, plainText, type Row, rowsOf, text } from "./rows.ts";
import { rpcDate } from "./rpc-values.ts";
import {
  type ChargeProduct,
  type LineContext,
  lineActions,
  lineValues,
  productTaxes,
} from "./sale-line-values.ts";
import type { LineRules } from "./sale-lines.ts";
import { moveSale, type WishedState } from "./sale-state.ts";
import type { Settings } from "./settings.ts";
import type { Sink, Update } from "./source.ts";

/** What Tryton keeps of an order whatever its state; everything else is settled with the confirmation. */
const ALWAYS_OPEN = new Set(["reference", "comment", "state"]);
const WISHED = new Set<Json>(["draft", "quotation", "confirmed", "cancelled"]);

export type SaleSinkOptions = {
  settings: Settings;
  rules: LineRules;
  /** By kind of charge. */
  chargeProducts: Partial<Record<"freight" | "fee" | "discount", ChargeProduct>>;
};

export function saleSink(call: Call, directory: Directory, options: SaleSinkOptions): Sink {
  return sinkWith({ call, directory, ...options });
}

function sinkWith(tools: Tools): Sink {
  const { call, settings } = tools;
  return {
    model: "sale.sale",
    async forBatch(requests, signal) {
      const bodies = requests.flatMap((request) => (request.kind === "create" ? [request.body] : []));
      const parties = await readParties(
        call,
        bodies.map((body) => Number(body["party"])),
        signal,
      );
      const products = bodies.flatMap((body) => itemsOf(body["lines"])).map((line) => text(line, "product"));
      const usualTaxes = await productTaxes(products, tools, signal);
      return sinkWith({ ...tools, batch: { parties, usualTaxes, addresses: new Map() } });
    },
    localIds: (ids) => Promise.resolve(ids.map(String)),
    writtenId: Number,
    createValues: (body, probeKey, signal) => newSale(tools, body, probeKey, signal),
    updateValues: (request, signal) => changedSale(tools, request, signal),
    /** Tryton lets two orders have the same reference, so that there is nothing it could refuse. */
    holders: () => Promise.resolve([]),
    /** A quotation must be a draft again before its lines can change. */
    async reopen({ localId, changes, held }, stamps, signal) {
      const touchesLines = changes["lines"] !== undefined || changes["charges"] !== undefined;
      if (!touchesLines || text(held, "state") !== "quotation") return undefined;
      const context = { _timestamp: stamps };
      await call("model.sale.sale.draft", [[Number(localId)]], { writes: true, context, signal });
      const { [`sale.sale,${localId}`]: _own, ...others } = stamps;
      return others;
    },
    async settle(localId, { state, created, reopened }, signal) {
      const usual = settings.orderStateOnCreate ?? "quotation";
      const wished = created ? furthest(state, usual) : (state ?? (reopened ? "quotation" : undefined));
      // a new one is a draft
      if (wished === undefined || (created && wished === "draft")) return;
      if (WISHED.has(wished)) await moveSale(call, Number(localId), wished as WishedState, signal);
      else {
        throw refused(`Tryton does not set orders to "${plainText(wished)}"`, {
          field: "state",
          value: wished,
          accepts: "draft, quotation, confirmed, cancelled",
        });
      }
    },
  };
}

type Tools = SaleSinkOptions & { call: Call; directory: Directory; batch?: BatchFacts };

/** What was looked up for all new orders of one batch. */
type BatchFacts = {
  parties: ReadonlyMap<number, Row>;
  usualTaxes: ReadonlyMap<string, number[]>;
  /** Ids of the addresses made for this batch, by party and content. */
  addresses: Map<string, number>;
};

async function newSale(
  tools: Tools,
  body: JsonObject,
  probeKey: string,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { call, directory, settings } = tools;
  const currency = await directory.currencies.find(text(body, "currency") ?? "", "currency");
  const warehouse = text(body, "warehouse") ?? settings.warehouse ?? null;
  const party = tools.batch?.parties.get(Number(body["party"])) ?? (await readParty(call, body, signal));
  const { usualTaxes } = tools.batch ?? {};
  const context: LineContext = {
    ...tools,
    probeKey,
    amountDigits: Number(currency["digits"] ?? 2),
    ...(usualTaxes && { usualTaxes }),
  };
  const lines = await lineValues(itemsOf(body["lines"]), itemsOf(body["charges"]), context, signal);
  return {
    ...(await headerValues(directory, { ...body, warehouse })),
    ...(await termValues(directory, body, party)),
    party: party.id,
    currency: currency.id,
    invoice_address: await addressId(tools, party, body["billing_address"], "invoice"),
    shipment_address: await addressId(tools, party, body["delivery_address"], "delivery"),
    lines: [["create", lines]],
  };
}

async function changedSale(tools: Tools, request: Update, signal: AbortSignal): Promise<JsonObject> {
  refuseLateChanges(request);
  const { call, directory } = tools;
  const { changes, held } = request;
  const values = await headerValues(directory, changes);
  const code = text(changes, "currency") ?? text(held, "currency") ?? "";
  const currency = await directory.currencies.find(code, "currency");
  if (changes["currency"] !== undefined) values["currency"] = currency.id;
  const party = await readParty(call, { ...held, ...changes }, signal);
  if (changes["party"] !== undefined) values["party"] = party.id;
  if (changes["payment_term"] !== undefined)
    Object.assign(values, await termValues(directory, changes, party));
  for (const [native, field, kind] of ADDRESSES) {
    if (changes[native] === undefined && changes["party"] === undefined) continue;
    values[field] = await addressId(tools, party, changes[native] ?? held[native], kind);
  }
  if (changes["lines"] !== undefined || changes["charges"] !== undefined) {
    const probeKey = text(held, "probe_key") ?? request.probeKey;
    const context = { ...tools, probeKey, amountDigits: Number(currency["digits"] ?? 2) };
    values["lines"] = await lineActions(request, context, signal);
  }
  return values;
}

const ADDRESSES = [
  ["billing_address", "invoice_address", "invoice"],
  ["delivery_address", "shipment_address", "delivery"],
] as const;

/** A new order is at least as far as the settings say. */
function furthest(state: Json | undefined, least: WishedState): Json {
  if (state === "cancelled" || state === "confirmed" || state === "processing")
    return state === "processing" ? "confirmed" : state;
  return least;
}

function refuseLateChanges({ localId, changes, held }: Update): void {
  const state = text(held, "state") ?? "draft";
  if (state === "draft" || state === "quotation") return;
  const late = Object.keys(changes).find((name) => !ALWAYS_OPEN.has(name));
  if (late === undefined) return;
  throw refused(`Order ${localId} is ${state} in Tryton: its ${late} can no longer be changed`, {
    field: late,
    accepts: "changes while the order is a draft or a quotation",
  });
}

async function headerValues(directory: Directory, fields: JsonObject): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "reference" || name === "comment") values[name] = value;
    else if (name === "sale_date" || name === "shipping_date")
      values[name] = value === null ? null : rpcDate(plainText(value));
    else if (name === "warehouse" && value !== null) {
      values["warehouse"] = (await directory.warehouses.find(plainText(value), "warehouse")).id;
    }
  }
  return values;
}

/** The order's own terms, else those agreed with the customer; without either, Tryton's default applies. */
async function termValues(directory: Directory, body: JsonObject, party: Row): Promise<JsonObject> {
  const name = text(body, "payment_term");
  if (name !== undefined)
    return { payment_term: (await directory.paymentTerms.find(name, "payment term")).id };
  const agreed = party["customer_payment_term"];
  return typeof agreed === "number" ? { payment_term: agreed } : {};
}

async function readParty(call: Call, body: JsonObject, signal: AbortSignal): Promise<Row> {
  const id = Number(body["party"]);
  const party = (await readParties(call, [id], signal)).get(id);
  if (party) return party;
  throw refused(`Tryton has no party ${plainText(body["party"])}`, {
    field: "party",
    value: body["party"],
    accepts: "the id of a party",
  });
}

async function readParties(
  call: Call,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, Row>> {
  const asked = [...new Set(ids)].filter((id) => Number.isSafeInteger(id));
  if (asked.length === 0) return new Map();
  const fields = ["name", "customer_payment_term", ...fieldsOf("addresses", ADDRESS_FIELDS)];
  const params: Json[] = [[["id", "in", asked]], 0, null, null, fields];
  const options = { context: { active_test: false }, signal };
  const rows = rowsOf(await call("model.party.party.search_read", params, options));
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * The party's address with this content. One that only this order has is kept as an archived address of the party: orders
 * may point to it, and it does not look like a new address of the customer.
 */
async function addressId(
  { call, directory, batch }: Tools,
  party: Row,
  wished: Json | undefined,
  kind: "invoice" | "delivery",
): Promise<number | null> {
  const addresses = linkedRows(party, "addresses");
  if (wished === null || wished === undefined) return usualAddress(addresses, kind)?.id ?? null;
  const partyName = text(party, "name");
  const content = contentOf(wished as JsonObject, partyName);
  const same = addresses.filter((row) => contentOf(addressContent(row), partyName) === content);
  const known = same.find((row) => row["active"] === true) ?? same[0];
  const inBatch = `${party.id} ${content}`;
  const knownId = known?.id ?? batch?.addresses.get(inBatch);
  if (knownId !== undefined) return knownId;
  const values = {
    ...(await addressValues(directory, wished as JsonObject)),
    party: party.id,
    active: false,
  };
  const [made] = (await call("model.party.address.create", [[values]], { writes: true })) as number[];
  if (made !== undefined) batch?.addresses.set(inBatch, made);
  return made ?? null;
}

/** As Tryton's own form picks it: the flagged one, else the first (party.address_get). */
function usualAddress(addresses: readonly Row[], kind: "invoice" | "delivery"): Row | undefined {
  const active = addresses.filter((row) => row["active"] === true);
  return active.find((row) => row[kind] === true) ?? active[0];
}

function contentOf(address: JsonObject, partyName: string | undefined): string {
  const part = (name: string) => (text(address, name) ?? "").trim().replaceAll(/\s+/g, " ").toLowerCase();
  const name = text(address, "name") === partyName ? "" : part("name");
  return JSON.stringify([
    name,
    part("building"),
    part("street"),
    part("postal_code"),
    part("city"),
    part("region"),
    part("country"),
  ]);
}

function itemsOf(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as JsonObject[]) : [];
}
