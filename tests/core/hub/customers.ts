import type { JsonObject } from "../../../src/adapter-kit/contract.ts";

const TOWNS = [
  ["10115", "Berlin"],
  ["20459", "Hamburg"],
  ["80331", "München"],
  ["50667", "Köln"],
  ["68306", "Mannheim"],
] as const;

/** The n-th of any number of customers, each unlike all others, as the CRM stores it. */
export function crmCustomer(n: number): JsonObject {
  const [zip, town] = TOWNS[n % TOWNS.length] ?? TOWNS[0];
  return {
    displayName: customerName(n),
    type: "COMPANY",
    customerNumber: `C${n}`,
    addresses: [{ id: "a1", role: "BILL", street: `Hauptstr. ${n}`, zip, town, countryCode: "DE" }],
    channels: [
      { id: "c1", type: "EMAIL", value: customerEmail(n) },
      { id: "c2", type: "PHONE", value: customerPhone(n) },
    ],
  };
}

/** The same customer as the ERP stores it, entered there by other hands. */
export function erpCustomer(n: number): JsonObject {
  const [Zip, City] = TOWNS[n % TOWNS.length] ?? TOWNS[0];
  return {
    Name1: customerName(n),
    CustKind: "F",
    CustNo: `C${n}`,
    Addresses: [{ AddrType: "RE", Street: `Hauptstr. ${n}`, Zip, City, Country: "DE" }],
    Email: customerEmail(n),
    Phone: customerPhone(n),
  };
}

/** Two names have at most a word in common: neighbours by number are not neighbours by sound. */
export function customerName(n: number): string {
  return `${word(n * 2 + 1)} ${word(n * 3 + 7)} Handel GmbH`;
}

export function customerEmail(n: number): string {
  return `einkauf@${word(n * 2 + 1).toLowerCase()}-${n}.example`;
}

function customerPhone(n: number): string {
  return `+49 40 ${String(1_000_000 + n)}`;
}

const SYLLABLES = [
  "ka",
  "lo",
  "mi",
  "ne",
  "ru",
  "so",
  "ta",
  "vi",
  "do",
  "be",
  "fu",
  "ga",
  "hi",
  "ju",
  "po",
  "qua",
];

/** A pronounceable word, another one for every number below four billion. */
function word(n: number): string {
  let rest = Math.imul(n, 0x9e37_79b1) >>> 0;
  let text = "";
  for (let index = 0; index < 8; index += 1) {
    text += SYLLABLES[rest & 15];
    rest >>>= 4;
  }
  return text.charAt(0).toUpperCase() + text.slice(1);
}
