import { describe, expect, test } from "vitest";
import type { NodeConfig } from "../../../src/flows/node-red.ts";
import { nextDue, readSchedulePlan, type Timetable } from "../../../src/flows/waits/schedule-plan.ts";

/** The due times after this instant, one after the other. */
function dues(timetable: Timetable, after: string, count: number): string[] {
  const found: string[] = [];
  let last = new Date(after);
  while (found.length < count) {
    const due = nextDue(timetable, last);
    if (due === undefined) break;
    found.push(due.toISOString());
    last = due;
  }
  return found;
}
const berlin = (cron: string) => ({ cron, zone: "Europe/Berlin" });

describe("a cron pattern is due", () => {
  test("on the clock of its zone, through the year", () => {
    expect(dues(berlin("0 8 * * 1-5"), "2026-03-27T12:00:00Z", 2)).toEqual([
      "2026-03-30T06:00:00.000Z",
      "2026-03-31T06:00:00.000Z",
    ]);
    expect(dues(berlin("0 8 * * 1-5"), "2026-10-23T12:00:00Z", 1)).toEqual(["2026-10-26T07:00:00.000Z"]);
  });

  test("right after the jump, once, when the clock leaves its time out", () => {
    expect(dues(berlin("30 2 * * *"), "2026-03-28T00:00:00Z", 3)).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
    const halfAnHour = { cron: "15 2 * * *", zone: "Australia/Lord_Howe" };
    expect(dues(halfAnHour, "2026-10-03T00:00:00Z", 2)).toEqual([
      "2026-10-03T15:30:00.000Z",
      "2026-10-04T15:15:00.000Z",
    ]);
    const midnight = { cron: "0 0 * * *", zone: "America/Havana" };
    expect(dues(midnight, "2026-03-07T12:00:00Z", 2)).toEqual([
      "2026-03-08T05:00:00.000Z",
      "2026-03-09T04:00:00.000Z",
    ]);
  });

  test("the first time, once, when the clock shows its time twice", () => {
    expect(dues(berlin("30 2 * * *"), "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  test("through both hours when it repeats within the hour, without a break or a repetition", () => {
    expect(dues(berlin("*/30 * * * *"), "2026-10-24T23:30:00Z", 5)).toEqual([
      "2026-10-25T00:00:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T01:00:00.000Z",
      "2026-10-25T01:30:00.000Z",
      "2026-10-25T02:00:00.000Z",
    ]);
    expect(dues(berlin("*/30 * * * *"), "2026-03-29T00:00:00Z", 3)).toEqual([
      "2026-03-29T00:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-29T01:30:00.000Z",
    ]);
  });

  test("never at the instant that it is asked for", () => {
    expect(dues(berlin("0 0 29 2 *"), "2028-02-28T23:00:00Z", 1)).toEqual(["2032-02-28T23:00:00.000Z"]);
  });
});

test("an interval has the same due times whoever counts, and wherever the clock stands", () => {
  const every = { everyMs: 15 * 60_000 };
  expect(dues(every, "2026-03-29T00:50:00Z", 2)).toEqual([
    "2026-03-29T01:00:00.000Z",
    "2026-03-29T01:15:00.000Z",
  ]);
  expect(dues(every, "2026-03-29T01:00:00Z", 1)).toEqual(["2026-03-29T01:15:00.000Z"]);
});

const node = (properties: Partial<NodeConfig>) => ({ id: "n", type: "schedule", ...properties });

test("settings are read as they were entered", () => {
  expect(readSchedulePlan(node({ by: "cron", cron: " 0  8 * * MON ", zone: "UTC", missed: "skip" }))).toEqual(
    {
      cron: "0  8 * * MON",
      zone: "UTC",
      missed: "skip",
    },
  );
  expect(readSchedulePlan(node({ by: "interval", interval: "1.5 h" }))).toEqual({
    everyMs: 5_400_000,
    missed: "once",
  });
});

test.each([
  ["four fields", { cron: "0 8 * *", zone: "UTC" }, "cron pattern"],
  ["seconds", { cron: "0 0 8 * * *", zone: "UTC" }, "cron pattern"],
  ["an hour that no clock shows", { cron: "0 25 * * *", zone: "UTC" }, "cron pattern"],
  ["a day that never comes", { cron: "0 0 31 2 *", zone: "UTC" }, "cron pattern"],
  ["no zone", { cron: "0 8 * * *", zone: "" }, "time zone"],
  ["a zone that does not exist", { cron: "0 8 * * *", zone: "Europe/Atlantis" }, "time zone"],
  ["an interval without a unit", { by: "interval", interval: "15" }, "interval"],
  ["an interval below a second", { by: "interval", interval: "100 ms" }, "interval"],
])("refuses %s, naming the setting and what it accepts", (_case, properties, text) => {
  const read = () => readSchedulePlan(node(properties));
  expect(read).toThrow(text);
  expect(read).toThrow(
    expect.objectContaining({
      code: "NAVE_CONFIG_INVALID",
      detail: expect.objectContaining({ accepts: expect.any(String) }),
    }),
  );
});
