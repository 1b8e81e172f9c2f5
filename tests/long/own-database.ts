import { afterAll } from "vitest";
import { freshDatabase } from "../services/postgres.ts";

/** Registers the end of a PostgreSQL database of its own for a test file. @returns what makes it. */
export function ownDatabase(): () => Promise<string> {
  let drop = async () => {};
  afterAll(() => drop());
  return async () => {
    const made = await freshDatabase();
    drop = made.drop;
    return made.url;
  };
}
