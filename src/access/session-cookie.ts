import { createHmac, timingSafeEqual } from "node:crypto";
import type { Account } from "./accounts.ts";

export const SESSION_COOKIE = "nave_session";
const SESSION_MS = 12 * 3_600_000;

/**
 * A signed session: `<name, base64url>.<end, ms>.<signature>`. The account's password hash goes into the signature, so that
 * a new password ends every session that the old one began.
 */
export function signSession(
  secret: string,
  account: Account,
  now = Date.now(),
): { value: string; maxAgeSeconds: number } {
  const claim = `${Buffer.from(account.name).toString("base64url")}.${now + SESSION_MS}`;
  return { value: `${claim}.${signature(secret, claim, account)}`, maxAgeSeconds: SESSION_MS / 1000 };
}

/** The name that a cookie claims; worth nothing until `isGenuine` says so. */
export function claimedName(value: string): string | undefined {
  const [name, until, signed, ...rest] = value.split(".");
  if (!name || !until || !signed || rest.length > 0) return undefined;
  return Buffer.from(name, "base64url").toString("utf8");
}

export function isGenuine(secret: string, value: string, account: Account, now = Date.now()): boolean {
  const [name = "", until = "", signed = ""] = value.split(".");
  if (!(Number(until) > now)) return false;
  const expected = Buffer.from(signature(secret, `${name}.${until}`, account));
  const given = Buffer.from(signed);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function signature(secret: string, claim: string, account: Account): string {
  return createHmac("sha256", secret).update(`${claim}\n${account.passwordHash}`).digest("base64url");
}
