import { describe, expect, test } from "vitest";
import type { NodeConfig } from "../../../src/flows/node-red.ts";
import {
  type CollectRules,
  dueOfWindow,
  endOfWindow,
  growWindow,
  readCollectRules,
  type Window,
} from "../../../src/flows/waits/collect-rules.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20, 12, 0, seconds));

/** What has come at these seconds, ten bytes each. */
function windowOf(...seconds: number[]): Window {
  const grown = seconds.reduce<Window | null>((window, second) => growWindow(window, 10, at(second)), null);
  if (grown === null) throw new Error("nothing has come");
  return grown;
}
const rules = (some: Partial<CollectRules>): CollectRules => ({ most: 100, ...some });

describe("a window is complete", () => {
  test("with as many as are wanted, not before", () => {
    expect(endOfWindow(windowOf(0, 1), rules({ count: 3 }), false)).toBeUndefined();
    expect(endOfWindow(windowOf(0, 1, 2), rules({ count: 3 }), false)).toBe("count");
  });

  test("with as much as is wanted, not before", () => {
    expect(endOfWindow(windowOf(0, 1), rules({ bytes: 21 }), false)).toBeUndefined();
    expect(endOfWindow(windowOf(0, 1, 2), rules({ bytes: 21 }), false)).toBe("bytes");
  });

  test("when its expression holds", () => {
    expect(endOfWindow(windowOf(0), rules({ expression: "true" }), true)).toBe("expression");
  });

  test("or incomplete, when no more may come; complete where both are so", () => {
    expect(endOfWindow(windowOf(0, 1), rules({ most: 2 }), false)).toBe("maximum");
    expect(endOfWindow(windowOf(0, 1), rules({ most: 2, count: 2 }), false)).toBe("count");
    const heavy = { ...windowOf(0), bytes: 16_000_000 };
    expect(endOfWindow(heavy, rules({}), false)).toBe("maximum");
  });
});

describe("time ends a window", () => {
  test("so long after the first has come, whatever comes later", () => {
    const due = dueOfWindow(windowOf(0, 8), rules({ sinceFirstMs: 10_000 }));
    expect(due).toEqual({ at: at(10), endedBy: "window" });
  });

  test("so long after the last has come, moved by each that comes", () => {
    expect(dueOfWindow(windowOf(0), rules({ sinceLastMs: 5000 }))?.at).toEqual(at(5));
    expect(dueOfWindow(windowOf(0, 4), rules({ sinceLastMs: 5000 }))?.at).toEqual(at(9));
  });

  test("by whichever comes first", () => {
    const both = rules({ sinceFirstMs: 10_000, sinceLastMs: 5000 });
    expect(dueOfWindow(windowOf(0, 4), both)?.at).toEqual(at(9));
    expect(dueOfWindow(windowOf(0, 4, 8), both)?.at).toEqual(at(10));
  });

  test("at the next time of its schedule after the first has come", () => {
    const daily = rules({ schedule: { cron: "0 18 * * *", zone: "UTC" } });
    expect(dueOfWindow(windowOf(0), daily)).toEqual({
      at: new Date("2026-11-20T18:00:00Z"),
      endedBy: "schedule",
    });
  });

  test("or never", () => {
    expect(dueOfWindow(windowOf(0), rules({ count: 2 }))).toBeUndefined();
  });
});

const node = (properties: Partial<NodeConfig>) => ({ id: "n", type: "collect", ...properties });

test("settings are read as they were entered; what is left empty is no condition", () => {
  const entered = { count: "5", first: "10 min", last: "", cron: "", zone: "UTC", bytes: "", expression: "" };
  expect(readCollectRules(node({ ...entered, most: "20" }))).toEqual({
    count: 5,
    sinceFirstMs: 600_000,
    most: 20,
  });
  expect(readCollectRules(node({ count: "2000" })).most).toBe(2000);
});

test.each([
  ["nothing that completes it", {}, "collect for ever"],
  ["a count that is none", { count: "a few" }, '"a few" as count'],
  ["a time without a unit", { first: "10" }, '"10" as time since the first'],
  ["an expression that cannot be read", { expression: "count >" }, "expression that cannot be read"],
  ["less than completes it", { count: "10", most: "5" }, "5 as the most"],
  ["more than can be one message", { count: "10", most: "50000" }, "50000 as the most"],
  ["a schedule in no zone", { cron: "0 8 * * *", zone: "" }, "time zone"],
])("refuses %s", (_case, properties, text) => {
  expect(() => readCollectRules(node(properties))).toThrow(text);
});
