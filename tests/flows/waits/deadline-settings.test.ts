import { describe, expect, test } from "vitest";
import type { NodeConfig } from "../../../src/flows/node-red.ts";
import { readDeadline } from "../../../src/flows/waits/deadline-settings.ts";

const node = (properties: Partial<NodeConfig>) => ({
  id: "n",
  type: "deadline",
  mode: "start",
  deadline: "answer",
  key: "payload.number",
  due: "2 h",
  ...properties,
});
const dueOf = async (properties: Partial<NodeConfig>, payload: object) => {
  const settings = readDeadline(node(properties));
  if (settings.mode === "meet") throw new Error("meets");
  return settings.dueIn({ payload });
};
const byExpression = { dueType: "expression", due: "payload.due" };

describe("a deadline is due", () => {
  test("after a time that is set", async () => {
    expect(await dueOf({}, {})).toEqual({ afterMs: 7_200_000 });
  });

  test.each([
    [
      "at an instant that the message names",
      "2026-12-01T09:00:00+01:00",
      { at: new Date("2026-12-01T08:00:00Z") },
    ],
    ["at milliseconds that it names", 1_700_000_000_000, { at: new Date(1_700_000_000_000) }],
    ["after a time that it names", "3 d", { afterMs: 259_200_000 }],
  ])("%s", async (_case, due, expected) => {
    expect(await dueOf(byExpression, { due })).toEqual(expected);
  });

  test.each([["2026-12-01"], ["soon"], [""], [null], [undefined]])("not at %s", async (due) => {
    await expect(dueOf(byExpression, { due })).rejects.toMatchObject({
      code: "NAVE_RECORD_INVALID",
      message: "the expression payload.due does not say when it is due",
    });
  });
});

test.each([
  ["no name", { deadline: " " }, "which deadline"],
  ["no key", { key: "" }, "no expression as key"],
  ["a time without a unit", { due: "2" }, '"2" as the time that is left'],
  ["an expression that cannot be read", { dueType: "expression", due: "((" }, "cannot be read"],
])("refuses %s", (_case, properties, text) => {
  expect(() => readDeadline(node(properties))).toThrow(text);
});

test("what meets a deadline needs no due time", () => {
  expect(readDeadline(node({ mode: "meet", due: "" }))).toMatchObject({ mode: "meet", name: "answer" });
});
