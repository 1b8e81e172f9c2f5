import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Fields } from "../../../src/canonical/types.ts";
import { believeReadBack, fieldsToWrite, overlay } from "../../../src/merge/deliverable.ts";
import { isPrefix, ruleFor } from "../../../src/merge/field-rules.ts";
import { mergeRecord } from "../../../src/merge/merge-record.ts";
import {
  arbitraryChange,
  arbitraryFields,
  arbitraryPath,
  arbitraryProvenance,
  arbitraryRules,
  PATHS,
  same,
} from "./arbitrary-merge.ts";

fc.configureGlobal({ numRuns: 1000 });

const arbitraryMerge = fc.tuple(arbitraryFields, arbitraryProvenance, arbitraryChange, arbitraryRules);

test("a merge changes none of its arguments, and no field that the system was not seen to change", () => {
  fc.assert(
    fc.property(arbitraryMerge, ([current, provenance, change, rules]) => {
      const before = structuredClone([
        [...current],
        provenance,
        [...change.observed],
        [...(change.held ?? [])],
      ]);
      const result = mergeRecord(current, provenance, change, rules);
      expect([[...current], provenance, [...change.observed], [...(change.held ?? [])]]).toEqual(before);
      for (const path of PATHS) {
        if (result.changed.includes(path)) continue;
        expect(result.fields.get(path)).toEqual(current.get(path));
        expect(result.provenance[path]).toEqual(provenance[path]);
      }
      expect(result.moved).toEqual(expect.arrayContaining(result.changed));
      expect(result.moved.every(change.reads)).toBe(true);
    }),
  );
});

test("an echo is nothing: a system that holds what it held changes nothing and disputes nothing", () => {
  fc.assert(
    fc.property(arbitraryMerge, ([current, provenance, change, rules]) => {
      const result = mergeRecord(current, provenance, { ...change, held: change.observed }, rules);
      expect(result).toMatchObject({ changed: [], decisions: [], moved: [] });
      expect(result.fields).toEqual(current);
    }),
  );
});

test("a merge done twice is a merge done once", () => {
  fc.assert(
    fc.property(arbitraryMerge, ([current, provenance, change, rules]) => {
      const once = mergeRecord(current, provenance, change, rules);
      const again = mergeRecord(once.fields, once.provenance, change, rules);
      expect(again.fields).toEqual(once.fields);
      expect(again.changed).toEqual([]);
    }),
  );
});

test("a record that has lost its last field is not new: nobody fills in a field that belongs to another system", () => {
  const owned = [{ fields: ["addresses"], rule: "owner" as const, owner: "crm" }];
  const change = {
    system: "erp",
    messageId: "m",
    observed: new Map([["addresses[billing].city", "Berlin"]]),
    held: new Map([["credit.rating", "A"]]),
    written: new Map(),
    reads: () => true,
    at: "2026-11-20T10:00:00.000Z",
    uncertaintyMs: 0,
    same,
  };
  const once = mergeRecord(new Map([["credit.rating", "A"]]), {}, change, owned);
  expect(once.fields).toEqual(new Map());
  expect(mergeRecord(once.fields, once.provenance, change, owned).fields).toEqual(new Map());
});

test("a system that is linked to a known record fills in a field of an owner's only where nobody has one", () => {
  const owned = [{ fields: ["website", "notes"], rule: "owner" as const, owner: "crm" }];
  const change = {
    system: "erp",
    messageId: "m",
    observed: new Map([
      ["website", "https://filled-in.example"],
      ["notes", "of the ERP"],
    ]),
    held: undefined,
    written: new Map(),
    reads: () => true,
    at: "2026-11-20T10:00:00.000Z",
    uncertaintyMs: 0,
    same,
  };
  const byCrm = { system: "crm", at: change.at, rule: "owner" as const, messageId: "n" };
  const linked = mergeRecord(new Map([["notes", "of the CRM"]]), { notes: byCrm }, change, owned);
  expect(linked.fields).toEqual(
    new Map([
      ["notes", "of the CRM"],
      ["website", "https://filled-in.example"],
    ]),
  );
  expect(linked.provenance["website"]).toMatchObject({ system: "erp", rule: "only-source" });
  expect(linked.decisions).toMatchObject([{ path: "notes", decision: "overruled" }]);
  const removedByCrm = mergeRecord(
    new Map([["notes", "of the CRM"]]),
    { notes: byCrm, website: byCrm },
    change,
    owned,
  );
  expect(removedByCrm.changed).toEqual([]);
});

test("every field a system changed is taken, agreed on already, or decided and told: no edit disappears", () => {
  fc.assert(
    fc.property(arbitraryMerge, ([current, provenance, change, rules]) => {
      const result = mergeRecord(current, provenance, change, rules);
      const decided = new Set(result.decisions.map(({ path }) => path));
      for (const path of result.moved) {
        const offered = change.observed.get(path);
        const isTaken = same(path, result.fields.get(path), offered);
        expect(isTaken || decided.has(path)).toBe(true);
      }
    }),
  );
});

test("an owner always wins, and nobody else touches what an owner's field holds", () => {
  fc.assert(
    fc.property(arbitraryMerge, ([current, provenance, change, rules]) => {
      const result = mergeRecord(current, provenance, change, rules);
      const owned = result.moved.filter((path) => ruleFor(path, rules).rule === "owner");
      const isMine = (path: string) => ownerOf(ruleFor(path, rules)) === change.system;
      for (const path of owned.filter(isMine))
        expect(result.fields.get(path)).toEqual(change.observed.get(path));
      for (const path of owned.filter((one) => !isMine(one) && current.has(one)))
        expect(result.fields.get(path)).toEqual(current.get(path));
    }),
  );
});

function ownerOf(rule: ReturnType<typeof ruleFor>): string | undefined {
  return rule.rule === "owner" ? rule.owner : undefined;
}

test("a person's field in dispute keeps its value until a person has decided", () => {
  fc.assert(
    fc.property(arbitraryMerge, ([current, provenance, change, rules]) => {
      const result = mergeRecord(current, provenance, change, rules);
      for (const { path } of result.decisions.filter(({ decision }) => decision === "open"))
        expect(result.fields.get(path)).toEqual(current.get(path));
    }),
  );
});

test("fields in dispute, and fields a system cannot hold, are never delivered", () => {
  const arbitraryFrozen = fc.array(fc.constantFrom("*", "note", "credit", "addresses", "credit.limit"), {
    maxLength: 2,
  });
  const arbitraryWrites = fc.subarray(PATHS);
  fc.assert(
    fc.property(
      arbitraryFields,
      arbitraryFields,
      arbitraryFields,
      arbitraryFrozen,
      arbitraryWrites,
      (wished, held, written, frozen, writable) => {
        const mapping = { writes: (path: string) => writable.includes(path) };
        const paths = fieldsToWrite({ wished, held, written, mapping, frozen, same });
        expect(paths.some((path) => frozen.some((prefix) => isPrefix(prefix, path)))).toBe(false);
        expect(paths.every((path) => writable.includes(path))).toBe(true);
        const after = overlay(held, wished, paths);
        expect(fieldsToWrite({ wished, held: after, written, mapping, frozen, same })).toEqual([]);
      },
    ),
  );
});

test("what a system makes of a written value is its form of it: neither offered to others nor written again", () => {
  fc.assert(
    fc.property(
      arbitraryFields,
      arbitraryFields,
      arbitraryFields,
      fc.array(arbitraryPath),
      (before, wished, readBack, sent) => {
        const { held, written, foreign } = believeReadBack(before, wished, new Map(), readBack, sent, same);
        expect(foreign.some((path) => sent.includes(path))).toBe(false);
        const change = {
          system: "erp",
          messageId: "m",
          observed: readBack,
          held,
          written: new Map([...written].filter(([, value]) => value !== null)),
          reads: () => true,
          at: "2026-11-20T10:00:00Z",
          uncertaintyMs: 0,
          same,
        };
        const { moved } = mergeRecord(wished, {}, change, [{ fields: ["*"], rule: "owner", owner: "erp" }]);
        expect(moved.every((path) => foreign.includes(path))).toBe(true);
        const mapping = { writes: () => true };
        const again = fieldsToWrite({ wished, held, written, mapping, frozen: [], same });
        expect(again.some((path) => sent.includes(path))).toBe(false);
      },
    ),
  );
});

test("a reference that comes back as another record is looked at once more, and is the system's own choice when it comes back so again", () => {
  const reference = (n: number) => ({ id: `00000000-0000-8000-8000-00000000000${n}` });
  const wished: Fields = new Map([["buyer", reference(1)]]);
  const readBack: Fields = new Map([["buyer", reference(2)]]);
  const write = (before: Fields) => believeReadBack(before, wished, new Map(), readBack, ["buyer"], same);
  const first = write(new Map());
  expect(first).toMatchObject({ held: readBack, written: new Map(), foreign: [], strayed: ["buyer"] });
  const second = write(first.held);
  expect(second).toMatchObject({ held: readBack, written: wished, foreign: [], strayed: [] });
});
