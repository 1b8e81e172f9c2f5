import { ensureBroker } from "./find-broker.ts";
import { ensureBrowser } from "./find-browser.ts";
import { ensureDatabaseServer } from "./find-database-server.ts";
import { dropLeftoverDatabases } from "./postgres.ts";
import { ServiceMissing } from "./service-search.ts";

/** By the name with which `NAVE_TEST_WITHOUT` leaves one out; its tests then fail instead of being skipped. */
const SERVICES = { postgres: ensureDatabaseServer, rabbitmq: ensureBroker, chromium: ensureBrowser };

/**
 * Finds the real services the tests run against, or gets them, and says in one line each what was found where:
 * 1. the environment: DATABASE_URL_TEST, AMQP_URL_TEST, CHROMIUM_PATH_TEST;
 * 2. what is there: the default ports of this machine, the usual paths;
 * 3. Debian packages, when run as root;
 * 4. docker compose, when an engine answers.
 *
 * Whatever is missing after that is named together with how to get it, and no test runs.
 */
export default async function findServices(): Promise<void> {
  const without = readWithout(process.env["NAVE_TEST_WITHOUT"] ?? "");
  const missing: string[] = [];
  for (const [name, ensure] of Object.entries(SERVICES)) {
    if (without.includes(name)) {
      console.log(`${name}: left out, because NAVE_TEST_WITHOUT names it; tests that need it fail`);
      continue;
    }
    try {
      console.log(`${name}: ${await ensure()}`);
    } catch (error) {
      if (!(error instanceof ServiceMissing)) throw error;
      missing.push(`${name}: ${error.message}`);
    }
  }
  if (missing.length > 0) throw new Error(`Services the tests need are missing.\n${missing.join("\n")}`);
  if (!without.includes("postgres")) await dropLeftoverDatabases();
}

function readWithout(text: string): string[] {
  const names = text.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !(name in SERVICES));
  if (unknown === undefined) return names;
  throw new Error(
    `NAVE_TEST_WITHOUT names "${unknown}"; it accepts ${Object.keys(SERVICES).join(", ")}, separated by commas`,
  );
}
