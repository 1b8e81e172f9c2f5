/**
 * How many records a second one core translates, each way: `node bench/mapping.ts [part of a title]`.
 *
 * A Tryton customer with two addresses, three contact mechanisms and code lists (bench/mapping/customer.yaml), 1,000 different
 * records in turn, five runs of two seconds, the median. Phones repeat, as they do in polls, so their parsing is cached.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../src/adapter-kit/contract.ts";
import { loadModel } from "../src/canonical/model.ts";
import { compileMapping } from "../src/mapping/compile.ts";

const RECORDS = 1000;
const RUNS = 5;
const RUN_MS = 2000;

const file = fileURLToPath(new URL("mapping/customer.yaml", import.meta.url));
const type = loadModel().entity("customer");
const mapping = compileMapping(readFileSync(file, "utf8"), { system: "erp", type, file });

const natives = Array.from({ length: RECORDS }, (_unused, index) => party(index));
const read = natives.map((native) => mapping.toCanonical(native));
const bodies = read.map(({ body }) => body);
const faulty = read.flatMap(({ body, problems }) => [...problems, ...type.validate(body)]);
if (faulty.length > 0) throw new Error(`the records are not fit for measuring: ${JSON.stringify(faulty[0])}`);
// One field differs from what the target holds, as in a real update.
const changed = bodies.map((body, index) => ({ ...body, name: `Renamed ${index}` }));

measure("toCanonical", (index) => mapping.toCanonical(natives[index] as JsonObject).problems.length);
measure(
  "fromCanonical, new record",
  (index) => mapping.fromCanonical(bodies[index] as JsonObject).problems.length,
);
measure(
  "fromCanonical over held",
  (index) => mapping.fromCanonical(changed[index] as JsonObject, natives[index]).problems.length,
);

function party(index: number): JsonObject {
  const address = (id: number, use: string): JsonObject => ({
    id,
    use,
    party_name: `Acme ${index} Ltd`,
    street: `${index} High Street\nBuilding ${use}`,
    postal_code: String(10000 + index),
    city: "Berlin",
    subdivision: { code: "BE" },
    country: { code: index % 2 ? "DE" : "AT" },
  });
  return {
    id: index,
    name: `Acme ${index} Ltd`,
    party_type: index % 3 ? "organization" : "person",
    lang: { code: "de" },
    credit_limit: `${1000 + index}.0000`,
    customer_payment_term: { name: "30 days" },
    code: `C-${index}`,
    tax_identifier: { code: "DE136695976" },
    addresses: [address(2 * index, "invoice"), address(2 * index + 1, "delivery")],
    contact_mechanisms: [
      { id: 3 * index, type: "email", value: `accounts${index}@acme.example` },
      { id: 3 * index + 1, type: "phone", value: `030 901820${index % 100}` },
      { id: 3 * index + 2, type: "mobile", value: `+49 170 ${1234567 + index}` },
    ],
    comment: "Delivers on Tuesdays only.",
  };
}

function measure(title: string, translate: (index: number) => number): void {
  if (process.argv[2] !== undefined && !title.includes(process.argv[2])) return;
  const rates = Array.from({ length: RUNS + 1 }, () => run(translate)).slice(1);
  const median = rates.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
  console.log(`${title.padEnd(28)}${Math.round(median).toLocaleString("en").padStart(10)} records/s`);
}

/** Processor time, not wall clock: other processes share the machine. */
function run(translate: (index: number) => number): number {
  const start = process.cpuUsage();
  const until = performance.now() + RUN_MS;
  let done = 0;
  let problems = 0;
  while (performance.now() < until) {
    for (let index = 0; index < RECORDS; index++) problems += translate(index);
    done += RECORDS;
  }
  if (problems > 0) throw new Error(`${problems} problems while measuring`);
  const { user, system } = process.cpuUsage(start);
  return (done / (user + system)) * 1e6;
}
