import { expect, test } from "vitest";
import { chooseRevision, isBeginning } from "../../upgrade/older-version.ts";

const NOW = ["a1 0001-core.sql", "b2 0002-waits.sql", "c3 0004-alerts.sql"];

test.each<[string, string[], boolean]>([
  ["fewer migrations", NOW.slice(0, 2), true],
  ["the same migrations", NOW, false],
  ["a migration that was changed since", ["a0 0001-core.sql"], false],
  ["a migration that has another place now", [NOW[0] ?? "", "c3 0004-alerts.sql"], false],
  ["migrations that are unknown now", [...NOW, "d4 0005-more.sql"], false],
  ["no migrations at all", [], false],
])("a store with %s goes on to this version: %#", (_what, older, goesOn) => {
  expect(isBeginning(older, NOW)).toBe(goesOn);
});

test("a version is named by what git knows, and refused otherwise", async () => {
  expect((await chooseRevision("HEAD")).commit).toMatch(/^[0-9a-f]{40}$/);
  await expect(chooseRevision("no-such-version")).rejects.toThrow("no-such-version");
});
