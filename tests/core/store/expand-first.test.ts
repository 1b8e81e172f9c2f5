import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const DIRECTORY = new URL("../../../src/store/migrations/", import.meta.url);
/** Until here no version had been released: nothing older ran beside them. */
const FIRST_RELEASE = 10;
/**
 * A comment in front of what only a version may do whose predecessor does not need any more what goes, or has ended: `alone` is
 * not applied beside older processes.
 */
const CONTRACT = /^-- (contract|alone): \S.{9,}$/m;

/** What the version before this one, which goes on running beside it, would fail at. */
const BREAKS: [RegExp, string][] = [
  [/\bdrop (table|column|view|sequence)\b/, "drops what the older version reads"],
  [/\brename (to|column|constraint)\b/, "renames what the older version reads"],
  [/\balter (column )?\w+ (set data )?type\b/, "changes the type of a column that the older version writes"],
  [/\bset not null\b/, "demands what the older version does not write"],
  [
    /\badd column [^,;]*\bnot null\b(?![^,;]*\b(default|generated)\b)/,
    "demands what the older version does not write",
  ],
  [
    /\badd constraint\b(?![^,;]*\bnot valid\b)/,
    "checks what the older version writes: say that it holds there",
  ],
];

/** @returns why a version from before this migration could not run beside it; of one that is marked, nothing. */
function breaksOf(text: string): string[] {
  if (CONTRACT.test(text)) return [];
  const statements = text.replaceAll(/--.*$/gm, "").replaceAll(/\s+/g, " ").toLowerCase();
  return BREAKS.filter(([pattern]) => pattern.test(statements)).map(([, why]) => why);
}

const names = readdirSync(DIRECTORY).filter(
  (name) => name.endsWith(".sql") && Number(name.slice(0, 4)) > FIRST_RELEASE,
);

test("migrations expand: what is older goes on running beside them, or they say that and why they contract", () => {
  const broken = names.flatMap((name) =>
    breaksOf(readFileSync(new URL(name, DIRECTORY), "utf8")).map((why) => `${name} ${why}`),
  );
  expect(broken).toEqual([]);
});

test.each([
  ["drop table nave.hop;", "drops"],
  ["alter table nave.hop\n  drop column text;", "drops"],
  ["ALTER TABLE nave.hop RENAME COLUMN text TO words;", "renames"],
  ["alter table nave.hop rename to step;", "renames"],
  ["alter table nave.hop alter column text type jsonb using text::jsonb;", "changes the type"],
  ["alter table nave.hop alter system set not null;", "demands"],
  ["alter table nave.hop add column a integer, add column b integer not null;", "demands"],
  ["alter table nave.hop add constraint short check (length(text) < 9);", "checks"],
])("%s is not an expansion", (text, why) => {
  expect(breaksOf(text).join()).toContain(why);
  expect(breaksOf(`-- contract: since 1.4 nothing reads it\n${text}`)).toEqual([]);
});

test.each([
  "create table nave.x (id uuid primary key, text text not null);",
  "alter table nave.hop add column a integer not null default 0, add column b text;",
  "create index hop_a on nave.hop (a); drop index nave.hop_at;",
  "-- drop table nave.hop comes in the next version\nalter table nave.hop alter column entity drop not null;",
])("%s is one", (text) => {
  expect(breaksOf(text)).toEqual([]);
});
