import { expect, test } from "vitest";
import { datesInOrder } from "../../../src/canonical/rules/dates.ts";

const inOrder = datesInOrder(["placedAt", "cancelledAt"]);

test.each([
  ["in order", "2026-11-20T10:00:00.000Z", "2026-11-20T10:00:01.000Z"],
  ["one that keeps seconds only", "2026-11-20T10:00:00.900Z", "2026-11-20T10:00:00Z"],
  ["clocks that differ by minutes", "2026-11-20T10:04:59Z", "2026-11-20T10:00:00Z"],
  ["the same day", "2026-11-20", "2026-11-20"],
  ["a day and an instant of the evening before, elsewhere on earth", "2026-11-20", "2026-11-19T12:00:00Z"],
])("%s is accepted", (_what, placedAt, cancelledAt) => {
  expect(inOrder({ placedAt, cancelledAt })).toEqual([]);
});

test.each([
  ["an instant more than clocks differ by", "2026-11-20T10:05:01Z", "2026-11-20T10:00:00Z"],
  ["a day", "2026-11-20", "2026-11-19"],
  ["an instant two days before a day", "2026-11-20", "2026-11-17T23:59:59Z"],
])("%s before is told, with what would be accepted", (_what, placedAt, cancelledAt) => {
  expect(inOrder({ placedAt, cancelledAt })).toEqual([
    expect.objectContaining({
      path: "cancelledAt",
      value: cancelledAt,
      text: `cancelledAt "${cancelledAt}" lies before placedAt "${placedAt}"`,
      accepts: "2026-11-20 or later",
    }),
  ]);
});
