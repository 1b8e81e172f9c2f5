import type { Json, JsonObject } from "../../src/adapter-kit/contract.ts";
import type { MappingFunctions } from "../../src/adapter-kit/converters.ts";

/** What the mapping files name as `function`. */
export const functions: MappingFunctions = {
  /** A firm's name stands in its own field; a person's is put together. A guest may have given an e-mail address only. */
  customerName: {
    toCanonical: (native) => text(native["company"]) ?? personName(native) ?? text(native["emailAddress"]),
    toNative: (body, held) => (isFirm(body, held) ? text(body["name"]) : undefined),
  },
  givenName: {
    toCanonical: (native) => text(native["firstName"]),
    toNative: (body, held) => namesOf(body, held)[0],
  },
  familyName: {
    toCanonical: (native) => text(native["lastName"]),
    toNative: (body, held) => namesOf(body, held)[1],
  },
  customerKind: {
    toCanonical: (native) => (text(native["company"]) === undefined ? "consumer" : "business"),
  },
  addressUse: {
    toCanonical: ({ key }) => (key === "billing" || key === "shipping" || key === "visiting" ? key : "other"),
  },

  /**
   * Vendure knows no confirmed order: the back office's status is kept in a field of its own. A cancellation is a state and
   * outranks it; without a word from the back office an order is completed when it has been delivered.
   */
  orderStatus: {
    toCanonical: ({ state, backOfficeStatus }) => {
      if (state === "Cancelled") return "cancelled";
      return text(backOfficeStatus) ?? (state === "Delivered" ? "completed" : "placed");
    },
    toNative: (body, held) => {
      const status = text(body["status"]);
      const { state, backOfficeStatus } = held ?? {};
      if (status === "cancelled") return ["Cancelled", backOfficeStatus ?? null];
      const standing = text(backOfficeStatus) ?? (state === "Delivered" ? "completed" : "placed");
      return [state ?? null, status === standing ? (backOfficeStatus ?? null) : (status ?? null)];
    },
  },
  /** Money can be taken from outside, not given back: a wish for less than the shop has leaves it as it is. */
  paymentStatus: {
    toCanonical: ({ paymentState }) =>
      paymentState === "Settled" ? "paid" : paymentState === "PartiallySettled" ? "partial" : "none",
    toNative: (body, held) =>
      body["paymentStatus"] === "paid" ? "Settled" : (held?.["paymentState"] ?? null),
  },
  /** A payment is received when it is settled; a refund, which Vendure settles too, is refunded. */
  paymentRecordStatus: {
    toCanonical: ({ state, refundOf }) => {
      if (state === "Settled") return refundOf === undefined ? "received" : "refunded";
      return state === "Created" || state === "Authorized" || state === "Pending" ? "pending" : "refused";
    },
  },
  rounding: {
    toCanonical: ({ roundingDigits }) => ({ mode: "half-up", digits: roundingDigits ?? 2, per: "line" }),
  },
};

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function personName(native: JsonObject): string | undefined {
  return text([native["firstName"], native["lastName"]].map(text).filter(Boolean).join(" "));
}

function isFirm(body: JsonObject, held: JsonObject | undefined): boolean {
  const { kind, organisation, person } = body;
  if (typeof kind === "string") return kind !== "consumer";
  return organisation !== undefined || (person === undefined && text(held?.["company"]) !== undefined);
}

/** First and last name, which Vendure wants of everybody: a person known by one name only has the last word as family name. */
function namesOf(body: JsonObject, held: JsonObject | undefined): [Json, Json] {
  const person = (body["person"] ?? {}) as JsonObject;
  const givenName = text(person["givenName"]);
  const familyName = text(person["familyName"]);
  if (givenName !== undefined || familyName !== undefined) return [givenName ?? "", familyName ?? ""];
  if (isFirm(body, held)) return ["", ""];
  const words = (text(body["name"]) ?? "").trim().split(/\s+/);
  return [words.slice(0, -1).join(" "), words.at(-1) ?? ""];
}
