import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureAdminToken, readAdminToken } from "../../../src/access/admin-token.ts";
import { LoginThrottle } from "../../../src/access/login-throttle.ts";
import { hashPassword, verifyPassword } from "../../../src/access/passwords.ts";
import { claimedName, isGenuine, signSession } from "../../../src/access/session-cookie.ts";

const account = { name: "kim", role: "viewer", passwordHash: "a hash", createdAt: new Date(0) } as const;

test("a password is kept as a salted hash that only it opens", async () => {
  const [one, other] = [await hashPassword("correct horse"), await hashPassword("correct horse")];
  expect(one).not.toBe(other);
  expect(one).not.toContain("correct");
  expect(await verifyPassword("correct horse", one)).toBe(true);
  expect(await verifyPassword("correct horsf", one)).toBe(false);
  expect(await verifyPassword("", "")).toBe(false);
});

test("a session ends when its time is over, its password is changed or a letter of it differs", () => {
  const { value } = signSession("secret", account, 1000);
  expect(claimedName(value)).toBe("kim");
  expect(isGenuine("secret", value, account, 2000)).toBe(true);
  expect(isGenuine("secret", value, account, 1000 + 12 * 3_600_000 + 1)).toBe(false);
  expect(isGenuine("secret", value, { ...account, passwordHash: "another" }, 2000)).toBe(false);
  expect(isGenuine("another", value, account, 2000)).toBe(false);
  expect(isGenuine("secret", value.slice(0, -1), account, 2000)).toBe(false);
  for (const wrong of ["", ".", "..", "a.b.c.d"]) expect(claimedName(wrong)).toBeUndefined();
});

test("failed logins cost more each time, per name and address, and are forgotten after a while", () => {
  const throttle = new LoginThrottle();
  for (let n = 0; n < 4; n += 1) throttle.failed("kim", "10.0.0.1", 0);
  expect(throttle.waitSeconds("kim", "10.0.0.1", 0)).toBe(0);
  throttle.failed("kim", "10.0.0.1", 0);
  expect(throttle.waitSeconds("kim", "10.0.0.1", 0)).toBe(1);
  throttle.failed("kim", "10.0.0.1", 0);
  expect(throttle.waitSeconds("kim", "10.0.0.1", 0)).toBe(2);
  expect(throttle.waitSeconds("kim", "10.0.0.2", 0)).toBe(0);
  for (let n = 0; n < 60; n += 1) throttle.failed("kim", "10.0.0.1", 0);
  expect(throttle.waitSeconds("kim", "10.0.0.1", 0)).toBe(60);
  throttle.failed("kim", "10.0.0.1", 16 * 60_000);
  expect(throttle.waitSeconds("kim", "10.0.0.1", 16 * 60_000)).toBe(0);
});

test("one address that tries many names has to wait for all of them", () => {
  const throttle = new LoginThrottle();
  for (let n = 0; n < 40; n += 1) throttle.failed(`name ${n}`, "10.0.0.1", 0);
  expect(throttle.waitSeconds("kim", "10.0.0.1", 0)).toBeGreaterThan(0);
});

test("the token of the command line is made once, for its owner's eyes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nave-token-"));
  try {
    expect(await readAdminToken(folder)).toBeUndefined();
    const token = await ensureAdminToken(folder);
    expect(token).toHaveLength(43);
    expect(await ensureAdminToken(folder)).toBe(token);
    expect((await stat(join(folder, "admin-token"))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
