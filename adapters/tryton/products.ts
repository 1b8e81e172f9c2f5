import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { findByProbeIdentifier, splitProbe, untypedParts } from "./identifiers.ts";
import {
  fieldsOf,
  latestStamp,
  linked,
  linkedRows,
  lockTokenOf,
  names,
  present,
  type Row,
  rowsOf,
  text,
} from "./rows.ts";
import { type Source, watchPart, watchRecord } from "./source.ts";

const STAMPS = ["create_date", "write_date", "_timestamp"];
const TEMPLATE = [
  "name",
  "type",
  "active",
  "list_price",
  "salable",
  "default_uom.symbol",
  "account_category.name",
];
const FIELDS = [
  ...names("code description active template"),
  ...STAMPS,
  ...fieldsOf("template", [...TEMPLATE, ...STAMPS]),
  ...fieldsOf("identifiers", ["type", "code", ...STAMPS]),
];

/** Products are variants (`product.product`); name, unit and price lie in their template. Those that stand for charges are none. */
export function productSource(call: Call, currency: string, chargeProducts: readonly number[]): Source {
  const archivedToo = { active_test: false };
  return {
    model: "product.product",
    domain: [["id", "not in", [...chargeProducts]]],
    localIds: (ids) => Promise.resolve(ids.map(String)),
    watched: [
      watchRecord("product.product"),
      {
        ...watchRecord("product.template"),
        async owners(rows, signal) {
          const params: Json[] = [[["template", "in", rows.map((row) => row.id)]], 0, null, null];
          const ids = await call("model.product.product.search", params, { context: archivedToo, signal });
          return (ids as number[]).map(String);
        },
      },
      watchPart("product.identifier", "product"),
    ],
    async read(localIds, signal) {
      const ids = localIds.map(Number).filter((id) => !chargeProducts.includes(id));
      if (ids.length === 0) return [];
      const params: Json[] = [[["id", "in", ids]], 0, null, null, FIELDS];
      const answer = await call("model.product.product.search_read", params, {
        context: archivedToo,
        signal,
      });
      return rowsOf(answer).map((row) => observeProduct(row, currency));
    },
    findByProbe: (probeKeys, signal) =>
      findByProbeIdentifier(call, { model: "product.identifier", owner: "product" }, probeKeys, signal),
  };
}

function observeProduct(row: Row, currency: string): Observation {
  const template = linked(row, "template");
  const templates = template ? [template] : [];
  const identifiers = linkedRows(row, "identifiers");
  const modifiedAt = latestStamp([row, ...templates, ...identifiers]);
  const active = row["active"] === true && template?.["active"] === true;
  return {
    localId: String(row.id),
    native: nativeProduct(row, template, identifiers, active, currency),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    lockToken: lockTokenOf("product.product", [row], {
      "product.template": templates,
      "product.identifier": identifiers,
    }),
    ...(active ? {} : { deleted: true }),
  };
}

function nativeProduct(
  row: Row,
  template: Row | undefined,
  identifiers: readonly Row[],
  active: boolean,
  currency: string,
): JsonObject {
  const { probeKey, others } = splitProbe(identifiers);
  return present({
    id: row.id,
    template: template?.id,
    code: text(row, "code"),
    name: text(template, "name"),
    description: text(row, "description"),
    active,
    salable: template?.["salable"] === true,
    type: text(template, "type"),
    unit: text(template && linked(template, "default_uom"), "symbol"),
    list_price: text(template, "list_price"),
    currency,
    account_category: text(template && linked(template, "account_category"), "name"),
    identifiers: others.map(nativeIdentifier),
    probe_key: probeKey,
  });
}

function nativeIdentifier(row: Row): JsonObject {
  const type = text(row, "type");
  const code = text(row, "code") ?? "";
  if (type === undefined) return { id: row.id, ...untypedParts(code) };
  return { id: row.id, scheme: type === "ean" ? "gtin" : type, code };
}
