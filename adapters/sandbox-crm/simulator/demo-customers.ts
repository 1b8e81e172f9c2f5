import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { COUNTRIES, type DemoCountry } from "./demo-places.ts";
import type { Random } from "./random.ts";

/** A plausible account: two in three are firms. */
export function demoCustomer(random: Random, n: number): JsonObject {
  const country = random.pick(COUNTRIES);
  const givenName = random.pick(country.givenNames);
  const familyName = random.pick(country.familyNames);
  const isFirm = !random.oneIn(3);
  const name = isFirm
    ? random.pick(country.companies).replaceAll("*", familyName)
    : `${givenName} ${familyName}`;
  const host = `kunde${n}.example`;
  return {
    type: isFirm ? random.pick(["COMPANY", "COMPANY", "COMPANY", "DEALER", "AUTHORITY"]) : "PERSON",
    displayName: isFirm && random.oneIn(4) ? `${name} ${random.pick(country.cities)}` : name,
    ...(isFirm ? { companyName: name } : { firstName: givenName, lastName: familyName }),
    language: country.language,
    stage: random.pick(["LEAD", "PROSPECT", "CUSTOMER", "CUSTOMER", "CUSTOMER", "LOST"]),
    ...(isFirm && country.vat !== undefined && { vatNumber: random.digits(country.vat) }),
    ...(isFirm && { website: `https://www.${host}` }),
    addresses: addresses(random, country),
    channels: channels(random, country, host),
    ...(isFirm && { contacts: [{ ref: "1", name: `${givenName} ${familyName}`, role: random.pick(ROLES) }] }),
    ...(isFirm && { paymentTerms: random.pick(["N14", "N30", "N60"]) }),
    ...(isFirm && { creditLimitCents: (1 + random.below(50)) * 100_000, creditCurrency: country.currency }),
  };
}

const ROLES = ["Purchasing", "Managing Director", "Accounts Payable", "Workshop"];

export function demoAddress(random: Random, country: DemoCountry): JsonObject {
  const street = random.pick(country.streets);
  const number = `${1 + random.below(180)}`;
  return {
    street: country.numberFirst === true ? `${number} ${street}` : `${street} ${number}`,
    zip: random.digits(country.zip),
    town: random.pick(country.cities),
    countryCode: country.code,
  };
}

function addresses(random: Random, country: DemoCountry): JsonObject[] {
  const billing = { role: "BILL", ...demoAddress(random, country) };
  return random.oneIn(3) ? [billing, { role: "SHIP", ...demoAddress(random, country) }] : [billing];
}

function channels(random: Random, country: DemoCountry, host: string): JsonObject[] {
  const email = { type: "EMAIL", value: `info@${host}`, preferred: true };
  const phone = { type: "PHONE", value: random.digits(country.phone) };
  const mobile = { type: "MOBILE", value: random.digits(country.mobile) };
  return random.oneIn(2) ? [email, phone, mobile] : [email, phone];
}

type Awkward = (customer: JsonObject, earlier: JsonObject | undefined) => JsonObject;

const name = (displayName: string): Awkward => {
  return (customer) => ({ ...customer, type: "COMPANY", displayName, companyName: displayName });
};
const phone = (value: string): Awkward => {
  return (customer) => ({ ...customer, channels: [{ type: "PHONE", value }] });
};

/** What real lists of customers hold besides the plausible: valid, and hard on whoever assumes too much. */
const AWKWARD: readonly Awkward[] = [
  name("Allgemeine Norddeutsche Fahrradteile- und Zubehörgroßhandelsgesellschaft mbH & Co. KG"),
  name("株式会社東京自転車販売サービス"),
  name("Café ☕ & Vélo 🚲👩‍🔧"),
  name("شركة القاهرة للدراجات"),
  name("אופני תל־אביב בע״מ"),
  name("Zoe\u0308 & Ame\u0301lie Me\u0302tisse\u0301e"),
  name(`O'Connor & D’Angelo "Cycles" <Sons>`),
  name("Null"),
  name("Smith; DROP TABLE accounts; --"),
  phone("0049 (0)40-555 01 23 ext. 7"),
  phone("call mornings only: 040 / 555 01 24"),
  phone("555-CYCLE"),
  (customer) => ({ type: "PERSON", displayName: customer["displayName"] ?? "Only a name" }),
  (customer, earlier) => ({ ...(earlier ?? customer), notes: "Entered twice" }),
  (customer, earlier) => {
    const twin = earlier ?? customer;
    return {
      ...twin,
      displayName: (twin["displayName"] as string).toUpperCase().replace("GMBH", "G.m.b.H."),
    };
  },
  (customer) => ({
    ...customer,
    addresses: [
      {
        role: "BILL",
        recipient: "c/o Verwaltung, z. Hd. Frau Dr. Müller-Lüdenscheidt",
        street: "Gebäude 7, Aufgang C\n3. Stock links\nIndustriepark Nord-Ost 127–131a",
        zip: "04103",
        town: "Leipzig",
        countryCode: "DE",
      },
    ],
  }),
];

/** The awkward form of an account; `earlier` is one that a near-duplicate may copy. */
export function awkwardCustomer(
  customer: JsonObject,
  earlier: JsonObject | undefined,
  n: number,
): JsonObject {
  const change = AWKWARD[n % AWKWARD.length];
  return change ? change(customer, earlier) : customer;
}

/** An account that the CRM takes and the Sandbox ERP refuses: its VAT number has not the form of its country. */
export function brokenCustomer(customer: JsonObject, n: number): JsonObject {
  return { ...customer, vatNumber: ["DE12345", "FR-none", "NL1234", "IT0000000000000"][n % 4] ?? "DE1" };
}
