import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Fields } from "../../../src/canonical/types.ts";
import type { FieldRule } from "../../../src/config/types.ts";
import { disagreements, type Other } from "../../../src/merge/after-restore.ts";
import { mergeRecord } from "../../../src/merge/merge-record.ts";
import type { Change } from "../../../src/merge/types.ts";
import {
  arbitraryChange,
  arbitraryFields,
  arbitraryProvenance,
  arbitraryRules,
  same,
} from "./arbitrary-merge.ts";

const NEWEST: FieldRule[] = [{ fields: ["*"], rule: "newest" }];

function merged(observed: Fields, held: Fields, current: Fields, others: Fields[], rules = NEWEST) {
  const change: Change = {
    system: "erp",
    messageId: "m",
    observed,
    held,
    written: new Map(),
    reads: () => true,
    at: "2026-11-20T10:00:00Z",
    uncertaintyMs: 0,
    same,
  };
  const seen = others.map((fields): Other => ({ fields, written: new Set(), reads: () => true }));
  const result = mergeRecord(current, {}, change, rules);
  return { result, found: disagreements(result, change, seen, rules) };
}

const note = (value: string): Fields => new Map([["note", value]]);

test("a value that was changed and changed back in the other system loses to the one that differs from what both agreed on, on record", () => {
  const first = merged(note("b"), note("a"), note("a"), [note("a")]);
  expect(first.result.fields).toEqual(note("b"));
  expect(first.found).toEqual([
    { path: "note", offered: "b", kept: "a", base: "a", rule: "newest", decision: "taken" },
  ]);
  const second = merged(note("a"), note("a"), note("b"), []);
  expect(second.result.fields).toEqual(note("b"));
  expect(second.found).toEqual([
    { path: "note", offered: "a", kept: "b", base: "a", rule: "newest", decision: "kept" },
  ]);
});

test("systems that agree, fields that one system owns, and forms of a system's own are no disagreement", () => {
  expect(merged(note("b"), note("a"), note("a"), [note("b")]).found).toEqual([]);
  expect(merged(note("b"), note("a"), note("a"), []).found).toEqual([]);
  const owned: FieldRule[] = [{ fields: ["*"], rule: "owner", owner: "crm" }];
  expect(merged(note("b"), note("a"), note("a"), [note("a")], owned).found).toEqual([]);
  const change: Change = {
    system: "erp",
    messageId: "m",
    observed: note("abc"),
    held: note("abc"),
    written: new Map([["note", "abcdef"]]),
    reads: () => true,
    at: "2026-11-20T10:00:00Z",
    uncertaintyMs: 0,
    same,
  };
  const result = mergeRecord(note("abcdef"), {}, change, NEWEST);
  expect(disagreements(result, change, [], NEWEST)).toEqual([]);
});

test("whatever a system holds otherwise than the merged record is on record, once per field, unless a rule says whose it is", () => {
  const owns = (rules: readonly FieldRule[], path: string) =>
    rules.some(({ rule, fields }) => rule === "owner" && fields.some((prefix) => path.startsWith(prefix)));
  fc.assert(
    fc.property(
      arbitraryFields,
      arbitraryProvenance,
      arbitraryChange,
      arbitraryRules,
      (current, provenance, change, rules) => {
        const result = mergeRecord(current, provenance, change, rules);
        const paths = [...result.decisions, ...disagreements(result, change, [], rules)].map(
          ({ path }) => path,
        );
        expect(new Set(paths).size).toBe(paths.length);
        const overruled = [...change.observed].filter(
          ([path, value]) =>
            change.reads(path) &&
            !change.written.has(path) &&
            !owns(rules, path) &&
            !same(path, value, result.fields.get(path)),
        );
        expect(paths).toEqual(expect.arrayContaining(overruled.map(([path]) => path)));
      },
    ),
  );
});
