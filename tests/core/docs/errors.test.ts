import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Disposition, ERROR_CODES, NaveError } from "../../../src/errors.ts";

const page = readFileSync(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");
const WORDS: Record<Disposition, string> = {
  retry: "retry",
  later: "later",
  wait: "wait",
  pause: "pause",
  hold: "hold",
  "dead-letter": "dead letter",
};

test("the documentation describes every error code, and no other, in the order of the catalogue", () => {
  expect([...page.matchAll(/^### (NAVE_\w+)$/gm)].map(([, code]) => code)).toEqual(ERROR_CODES);
});

test.each(ERROR_CODES)("the documentation says what happens to a record with %s", (code) => {
  const [, stated] = new RegExp(`^### ${code}\n\n\\*([a-z ]+)[*.]`, "m").exec(page) ?? [];
  expect(stated).toBe(WORDS[new NaveError(code, "").disposition]);
});

test("the page names no code that does not exist", () => {
  const named = [...page.matchAll(/NAVE_[A-Z_]+/g)].map(([name]) => name);
  const settings = ["NAVE_LOG", "NAVE_PORT", "NAVE_URL", "NAVE_TOKEN"];
  expect(named.filter((name) => !ERROR_CODES.includes(name as never) && !settings.includes(name))).toEqual(
    [],
  );
});
