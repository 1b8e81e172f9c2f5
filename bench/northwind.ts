/**
 * Northwind from a CRM into a real Tryton, compared to the cent: `node bench/northwind.ts <folder>`.
 *
 * The folder holds customers.json, products.json, orders.json and order_details.json. They are put into the sandbox CRM as
 * its own records; a hub on PostgreSQL and RabbitMQ takes them to a Tryton 6.0 of its own (made from Debian packages on
 * first use). Printed are the counts and sums of the JSON, computed in SQL, of the CRM and of Tryton, each by its own
 * figures. Rounding: each line, and the freight, half up to cents. Exits 1 when anything differs, in total or in any order.
 */

import { startTrytonStar } from "../tests/real/hub/tryton-star.ts";
import { databaseServerUrl } from "../tests/services/postgres.ts";
import { FIELDS } from "./northwind/figures.ts";
import { type NorthwindReport, runNorthwind } from "./northwind/run.ts";

const TIMEOUT_MS = 30 * 60_000;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node bench/northwind.ts <folder with the JSON files>");
  process.exit(2);
}
const star = await startTrytonStar({ limits: { pollEveryMs: 1000 } });
try {
  await star.quiet(TIMEOUT_MS);
  const report = await runNorthwind(star, folder, databaseServerUrl(), TIMEOUT_MS);
  print(report);
  process.exitCode = isWhole(report) ? 0 : 1;
} finally {
  await star.close();
}

function print({ sides, disagreements, persons, deadLetters, discontinued, seconds }: NorthwindReport): void {
  const names = ["JSON", "CRM", "Tryton"] as const;
  console.log(["".padEnd(12), ...names.map((name) => name.padStart(14))].join(""));
  for (const field of FIELDS)
    console.log([field.padEnd(12), ...names.map((name) => String(sides[name][field]).padStart(14))].join(""));
  console.log(`products no longer sold in Tryton: ${discontinued.inTryton} of ${discontinued.wanted}`);
  console.log(`for a person: ${JSON.stringify(persons)}`);
  for (const text of [...disagreements.slice(0, 20), ...deadLetters]) console.log(text);
  console.log(
    `customers and products ${seconds.mastersArrived.toFixed(1)} s, orders ${seconds.ordersArrived.toFixed(1)} s, ` +
      `discontinuing ${seconds.discontinued.toFixed(1)} s`,
  );
  console.log(isWhole({ disagreements, discontinued, persons }) ? "all agree to the cent" : "THEY DIFFER");
}

function isWhole({
  disagreements,
  discontinued,
  persons,
}: Pick<NorthwindReport, "disagreements" | "discontinued" | "persons">): boolean {
  const isClear = persons.deadLetters + persons.inDoubt + persons.conflicts === 0;
  return disagreements.length === 0 && discontinued.inTryton === discontinued.wanted && isClear;
}
