import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../../src/adapter-kit/contract.ts";
import type { FieldPath, Fields } from "../../../src/canonical/types.ts";
import type { FieldRule } from "../../../src/config/types.ts";
import { believeReadBack, fieldsToWrite } from "../../../src/merge/deliverable.ts";
import { ruleFor } from "../../../src/merge/field-rules.ts";
import { mergeRecord } from "../../../src/merge/merge-record.ts";
import type { Provenance } from "../../../src/merge/types.ts";
import {
  arbitraryPath,
  arbitraryRules,
  arbitrarySystem,
  arbitraryValue,
  instantAt,
  PATHS,
  SYSTEMS,
  same,
} from "./arbitrary-merge.ts";

type System = (typeof SYSTEMS)[number];
type Step =
  | { do: "edit"; system: System; path: FieldPath; value: Json | undefined }
  | { do: "poll" | "deliver"; system: System };

/** One record in three systems around one hub, on nothing but the pure functions of merge and delivery. */
class Ring {
  readonly #rules: readonly FieldRule[];
  #canonical: Fields = new Map();
  #provenance: Provenance = {};
  #step = 0;
  edits = 0;
  fieldWrites = 0;
  /** Edits that a system's users saw vanish although nobody decided so. */
  readonly lost: string[] = [];
  readonly #lastEdits = new Map<string, Json | undefined>();
  readonly #sides = new Map(SYSTEMS.map((name): [System, Side] => [name, new Side(name)]));

  constructor(rules: readonly FieldRule[]) {
    this.#rules = rules;
  }

  perform(step: Step): void {
    this.#step += 1;
    if (step.do === "edit") this.#edit(step);
    else if (step.do === "poll") this.#poll(step.system);
    else this.#deliver(step.system);
  }

  /** Polls and delivers until nothing happens any more. @returns the rounds it took. */
  settle(): number {
    for (let round = 1; ; round += 1) {
      const before = this.fieldWrites;
      for (const system of SYSTEMS) this.#poll(system);
      for (const system of SYSTEMS) this.#deliver(system);
      if (this.fieldWrites === before || round > 20) return round;
    }
  }

  holds(system: System): Fields {
    return this.#side(system).actual;
  }

  wanted(system: System): Fields {
    const side = this.#side(system);
    return new Map([...this.#canonical].map(([path, value]) => [path, side.form(path, value)]));
  }

  /** What a system's users entered last; undefined where they removed it. Calls back only where they did anything. */
  forLastEdits(system: System, callback: (path: FieldPath, value: Json | undefined) => void): void {
    for (const path of PATHS) {
      const name = `${system}/${path}`;
      if (this.#lastEdits.has(name)) callback(path, this.#lastEdits.get(name));
    }
  }

  valueOf(path: FieldPath): Json | undefined {
    return this.#canonical.get(path);
  }

  #side(system: System): Side {
    return this.#sides.get(system) as Side;
  }

  #edit({ system, path, value }: Extract<Step, { do: "edit" }>): void {
    const side = this.#side(system);
    const kept = value === undefined ? undefined : side.form(path, value);
    if (same(path, side.actual.get(path), kept)) return;
    this.edits += 1;
    this.#lastEdits.set(`${system}/${path}`, kept);
    if (kept === undefined) side.actual.delete(path);
    else side.actual.set(path, kept);
  }

  #poll(system: System): void {
    const side = this.#side(system);
    const observed: Fields = new Map(side.actual);
    const written = new Map([...side.written].filter(([, value]) => value !== null));
    const change = {
      system,
      messageId: "m",
      observed,
      held: side.held,
      written,
      reads: () => true,
      at: instantAt(this.#step),
      uncertaintyMs: 0,
      same,
    };
    const { fields, provenance, moved, decisions } = mergeRecord(
      this.#canonical,
      this.#provenance,
      change,
      this.#rules,
    );
    const decided = new Set(decisions.map(({ path }) => path));
    for (const path of moved)
      if (!same(path, fields.get(path), observed.get(path)) && !decided.has(path)) this.lost.push(path);
    side.believe(observed, moved);
    this.#canonical = fields;
    this.#provenance = provenance;
  }

  /** As the worker does: not on top of something unseen (the lock token has moved), only what differs, read back. */
  #deliver(system: System): void {
    const side = this.#side(system);
    if (
      side.held === undefined ||
      PATHS.some((path) => !same(path, side.actual.get(path), side.held?.get(path)))
    )
      this.#poll(system);
    const held = side.held ?? new Map();
    const wished = this.#canonical;
    const mapping = { writes: () => true };
    const sent = fieldsToWrite({ wished, held, written: side.written, mapping, frozen: [], same });
    this.fieldWrites += sent.length;
    for (const path of sent) {
      const value = wished.get(path);
      if (value === undefined) side.actual.delete(path);
      else side.actual.set(path, side.form(path, value));
    }
    const belief = believeReadBack(held, wished, side.written, side.actual, sent, same);
    side.held = belief.held;
    side.written = belief.written;
  }
}

class Side {
  readonly #name: System;
  readonly actual: Fields = new Map();
  held: Fields | undefined;
  written: Map<FieldPath, Json | null> = new Map();

  constructor(name: System) {
    this.#name = name;
  }

  /** The shop cuts names, the ERP keeps ratings in capitals. */
  form(path: FieldPath, value: Json): Json {
    if (this.#name === "shop" && path === "name" && typeof value === "string") return value.slice(0, 3);
    if (this.#name === "erp" && path === "credit.rating" && typeof value === "string")
      return value.toUpperCase();
    return value;
  }

  /** A form of its own is forgotten once the system holds something else. */
  believe(observed: Fields, moved: readonly FieldPath[]): void {
    this.held = observed;
    for (const path of moved) this.written.delete(path);
  }
}

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("edit" as const),
    system: arbitrarySystem,
    path: arbitraryPath,
    value: fc.option(arbitraryValue, { nil: undefined, freq: 8 }),
  }),
  fc.record({ do: fc.constantFrom("poll" as const, "deliver" as const), system: arbitrarySystem }),
);

test("three systems come to agree after any edits in any order; no edit is lost, none is written more often than others are there", () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 40 }), arbitraryRules, (steps, rules) => {
      const ring = new Ring(rules.filter(({ rule }) => rule !== "ask"));
      for (const step of steps) ring.perform(step);
      const rounds = ring.settle();
      expect(rounds).toBeLessThanOrEqual(4);
      for (const system of SYSTEMS)
        expect(Object.fromEntries(ring.holds(system))).toEqual(Object.fromEntries(ring.wanted(system)));
      expect(ring.lost).toEqual([]);
      expect(ring.fieldWrites).toBeLessThanOrEqual(ring.edits * (SYSTEMS.length - 1));
    }),
    { numRuns: 2000 },
  );
});

test("what an owner edited last is what all hold in the end", () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 40 }), arbitraryRules, (steps, rules) => {
      const ring = new Ring(rules);
      for (const step of steps) {
        ring.perform(step);
        // What is taken back before anybody has seen it was no edit.
        ring.perform({ do: "poll", system: step.system });
      }
      ring.settle();
      for (const system of SYSTEMS) {
        const edits: [path: string, value: unknown][] = [];
        ring.forLastEdits(system, (path, value) => edits.push([path, value]));
        const isOwners = (path: string) => {
          const rule = ruleFor(path, rules);
          return rule.rule === "owner" && rule.owner === system;
        };
        for (const [path, value] of edits.filter(([path]) => isOwners(path)))
          expect(ring.valueOf(path)).toEqual(value);
      }
    }),
    { numRuns: 1000 },
  );
});
