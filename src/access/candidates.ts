import { NaveError } from "../errors.ts";
import type { Sql } from "../store/database.ts";
import { type Actor, ROLES } from "./accounts.ts";

const ACCOUNT = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
const ROLE_PREFIX = "role:";
const MOST = 50;

export const CANDIDATES_ACCEPT = `names of accounts, or role:${ROLES.join(", role:")}, with commas; at most ${MOST}`;

/** Whether a text can be the name of an account. */
export function isAccountName(text: string): boolean {
  return ACCOUNT.test(text);
}

/**
 * Who is asked, from a list with commas: accounts by their names, and `role:operator`, any one account of that role. A role that
 * stands there twice is two of its accounts.
 *
 * @throws NAVE_RECORD_INVALID naming what is neither.
 */
export function readCandidates(text: string): string[] {
  const names = text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const wrong = names.find((name) => !isRole(name) && !isAccountName(name));
  if (names.length > 0 && names.length <= MOST && wrong === undefined) return names;
  const what = wrong === undefined ? `${names.length} candidates` : `"${wrong.slice(0, 100)}" as candidate`;
  throw new NaveError("NAVE_RECORD_INVALID", `has ${what}`, {
    field: "candidates",
    accepts: CANDIDATES_ACCEPT,
  });
}

/** What this person can be asked as. */
export function candidacies({ name, role }: Actor): string[] {
  return [name, ROLE_PREFIX + role];
}

/** @throws NAVE_CONFIG_INVALID naming an account that does not exist: nobody would ever answer for it. */
export async function requireAccounts(sql: Sql, candidates: readonly string[]): Promise<void> {
  const names = [...new Set(candidates.filter((name) => !isRole(name)))];
  const known = await sql.query<{ name: string }>(
    "select name from nave.account where name = any($1::text[])",
    [names],
  );
  const missing = names.find((name) => !known.some((account) => account.name === name));
  if (missing === undefined) return;
  throw new NaveError("NAVE_CONFIG_INVALID", `there is no account ${missing}, who is to decide`, {
    field: "candidates",
    value: missing,
    accepts: "an account that exists (nave account add), or a role",
  });
}

/** Whether any account of a role is asked. */
export function isRole(candidate: string): boolean {
  return ROLES.some((role) => candidate === ROLE_PREFIX + role);
}
