import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { regionOf } from "./directory.ts";
import { findByProbeIdentifier, splitProbe, untypedParts } from "./identifiers.ts";
import {
  fieldsOf,
  idOf,
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
export const ADDRESS_FIELDS = [
  ...names("party_name name street postal_code city active sequence invoice delivery"),
  ...names("country.code subdivision.code subdivision.name"),
];
const FIELDS = [
  ...names("name code active lang.code customer_payment_term.name receivable receivable_today"),
  ...STAMPS,
  ...fieldsOf("addresses", [...ADDRESS_FIELDS, ...STAMPS]),
  ...fieldsOf("contact_mechanisms", ["type", "value", "name", "active", "sequence", ...STAMPS]),
  ...fieldsOf("identifiers", ["type", "code", ...STAMPS]),
];

/** Customers are parties; those of the companies that use this Tryton are none. */
export function partySource(
  call: Call,
  companyParties: readonly number[],
  hasCreditLimit: boolean,
  currency: string,
): Source {
  const fields = hasCreditLimit ? [...FIELDS, "credit_limit_amount"] : FIELDS;
  return {
    model: "party.party",
    domain: [["id", "not in", [...companyParties]]],
    localIds: (ids) => Promise.resolve(ids.map(String)),
    watched: [
      watchRecord("party.party"),
      watchPart("party.address", "party"),
      watchPart("party.contact_mechanism", "party"),
      watchPart("party.identifier", "party"),
      // what moves the open balance
      watchPart("account.move.line", "party", [["party", "!=", null]]),
    ],
    async read(localIds, signal) {
      const ids = localIds.map(Number).filter((id) => !companyParties.includes(id));
      if (ids.length === 0) return [];
      const params: Json[] = [[["id", "in", ids]], 0, null, null, fields];
      const options = { context: { active_test: false }, signal };
      const rows = rowsOf(await call("model.party.party.search_read", params, options));
      return rows.map((row) => observeParty(row, currency));
    },
    findByProbe: (probeKeys, signal) =>
      findByProbeIdentifier(call, { model: "party.identifier", owner: "party" }, probeKeys, signal),
  };
}

function observeParty(row: Row, currency: string): Observation {
  const addresses = linkedRows(row, "addresses");
  const mechanisms = linkedRows(row, "contact_mechanisms");
  const identifiers = linkedRows(row, "identifiers");
  const modifiedAt = latestStamp([row, ...addresses, ...mechanisms, ...identifiers]);
  const parts = {
    "party.address": addresses,
    "party.contact_mechanism": mechanisms,
    "party.identifier": identifiers,
  };
  return {
    localId: String(row.id),
    native: nativeParty(row, { addresses, mechanisms, identifiers }, currency),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    lockToken: lockTokenOf("party.party", [row], parts),
    ...(row["active"] === false ? { deleted: true } : {}),
  };
}

function nativeParty(
  row: Row,
  parts: { addresses: Row[]; mechanisms: Row[]; identifiers: Row[] },
  currency: string,
): JsonObject {
  const { probeKey, others } = splitProbe(parts.identifiers);
  return present({
    id: row.id,
    name: text(row, "name"),
    code: text(row, "code"),
    active: row["active"] === true,
    language: text(linked(row, "lang"), "code"),
    payment_term: text(linked(row, "customer_payment_term"), "name"),
    credit_limit: text(row, "credit_limit_amount"),
    receivable: text(row, "receivable"),
    receivable_today: text(row, "receivable_today"),
    currency,
    addresses: nativeAddresses(parts.addresses),
    contact_mechanisms: inOrder(parts.mechanisms).map(nativeMechanism),
    identifiers: others.map(nativeIdentifier),
    probe_key: probeKey,
  });
}

/**
 * As Tryton itself picks addresses: the one flagged for invoices bills, else the first that is not flagged for anything
 * (trytond/modules/party/party.py, address_get). Empty ones, which its form makes with every new party, are left out.
 */
function nativeAddresses(rows: readonly Row[]): JsonObject[] {
  const known = inOrder(rows).filter((row) => !isEmptyAddress(row));
  const flagged = known.find((row) => row["invoice"] === true);
  const billing = flagged ?? known.find((row) => row["delivery"] !== true);
  return known.map((row) => {
    const use =
      row === billing || row["invoice"] === true
        ? "billing"
        : row["delivery"] === true
          ? "shipping"
          : "other";
    return present({ id: row.id, use, ...addressContent(row) });
  });
}

/** What an address says, without what it is used for. */
export function addressContent(row: Row): JsonObject {
  return present({
    name: text(row, "party_name"),
    building: text(row, "name"),
    street: text(row, "street"),
    postal_code: text(row, "postal_code"),
    city: text(row, "city"),
    region: regionOf(linked(row, "subdivision")),
    country: text(linked(row, "country"), "code"),
  });
}

function isEmptyAddress(row: Row): boolean {
  return Object.keys(addressContent(row)).length === 0;
}

/** A number that Tryton would not take as a phone number is kept under the type "other", named `phone`, `mobile` or `fax`. */
function nativeMechanism(row: Row): JsonObject {
  const [type, name] = [text(row, "type"), text(row, "name")];
  return present({
    id: row.id,
    type: type === "other" && isPhone(name) ? name : type,
    value: text(row, "value"),
  });
}

/** What Tryton checks as phone numbers (trytond/modules/party/contact_mechanism.py). */
export function isPhone(type: Json | undefined): boolean {
  return type === "phone" || type === "mobile" || type === "fax";
}

function nativeIdentifier(row: Row): JsonObject {
  const type = text(row, "type");
  const code = text(row, "code") ?? "";
  if (type === undefined) return { id: row.id, ...untypedParts(code) };
  return { id: row.id, scheme: type === "eu_vat" ? "vat" : type.replaceAll("_", "-"), code };
}

/** The active ones, as the form shows them: by sequence, those without one first. */
function inOrder(rows: readonly Row[]): Row[] {
  return rows
    .filter((row) => row["active"] !== false)
    .sort(
      (one, other) => (idOf(one, "sequence") ?? -1) - (idOf(other, "sequence") ?? -1) || one.id - other.id,
    );
}
