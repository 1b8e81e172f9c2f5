import { Client } from "pg";
import { findService, installPackages, isRoot, run } from "./service-search.ts";
import { until } from "./until.ts";

/** A role made on the Debian package's server, which lets nobody in over TCP without a password. */
const TEST_ROLE_URL = "postgres://nave_test:nave_test@127.0.0.1:5432/postgres";
const PASSWORD_REFUSED = /^28/;

export function ensureDatabaseServer(): Promise<string> {
  return findService({
    variable: "DATABASE_URL_TEST",
    usual: ["postgres://postgres@127.0.0.1:5432/postgres", TEST_ROLE_URL],
    answers,
    installPackage,
    compose: { service: "postgres", address: "postgres://postgres@127.0.0.1:55432/postgres" },
  });
}

async function answers(url: string): Promise<boolean> {
  return (await connectionError(url)) === undefined;
}

/** Undefined when a connection works. */
async function connectionError(url: string): Promise<{ code?: string } | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error as { code?: string };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A server that is there and only refuses the password is given a role for the tests. */
async function installPackage(): Promise<void> {
  if (!isRoot()) return;
  if (!(await isListening())) {
    await installPackages("postgresql");
    await run("service", "postgresql", "start");
    await until("PostgreSQL listens", isListening, 60_000);
  }
  const text = "create role nave_test superuser login password 'nave_test'";
  await run("runuser", "-u", "postgres", "--", "psql", "-v", "ON_ERROR_STOP=1", "-c", text);
}

async function isListening(): Promise<boolean> {
  const error = await connectionError(TEST_ROLE_URL);
  return error === undefined || PASSWORD_REFUSED.test(error.code ?? "");
}
