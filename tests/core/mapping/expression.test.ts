import * as fc from "fast-check";
import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/adapter-kit/contract.ts";
import { compileExpression } from "../../../src/mapping/expression.ts";

const EXPRESSIONS = [
  "name",
  "billing.city",
  "points.value",
  "points[kind='email'].value",
  "points[0].value",
  "points[-1].value",
  "points[kind in ['email','fax']][0].value",
  "tags",
  "tags[0]",
  "$count(points)",
  "name & ' ' & billing.city",
  "isCompany ? name : billing.city",
  "isCompany and name = 'x'",
  "isCompany or $exists(note)",
  "name != 'x'",
  "count > 2",
  "count <= 2 ? 'few' : 'many'",
  "$not($exists(billing.city))",
  "$uppercase($trim(name))",
  "$lowercase(name)",
  "$substring(name, 1, 2)",
  "$substring(name, -2)",
  "$substringBefore(name, 'a')",
  "$substringAfter(name, 'a')",
  "$contains(name, 'a')",
  "$split(name, ' ')",
  "$join(tags, '-')",
  "$replace(name, 'a', 'b')",
  "$length(name)",
  "$string(count)",
  "$number($string(count))",
  "$boolean(tags)",
  "{ 'city': billing.city, 'n': count }",
  "[name, billing.city]",
  "$$.points[kind=$$.name].value",
  "(name)",
  "-1",
];

const text = fc.constantFrom("x", "email", "a b", "Banana", "fax");
const record = fc.record(
  {
    name: text,
    billing: fc.record({ city: text }, { requiredKeys: [] }),
    points: fc.array(fc.record({ kind: text, value: text }, { requiredKeys: ["kind"] }), { maxLength: 3 }),
    tags: fc.array(text, { maxLength: 3 }),
    isCompany: fc.boolean(),
    count: fc.integer({ min: 0, max: 5 }),
    note: text,
  },
  { requiredKeys: ["name", "count"] },
);

describe("expressions", () => {
  it.each(EXPRESSIONS)("%s means what JSONata says", async (expression) => {
    const ours = compileExpression(expression);
    const theirs = jsonata(expression);
    const property = fc.asyncProperty(record, async (scope) => {
      const expected = await outcome(() => theirs.evaluate(scope) as Promise<Json>);
      expect(await outcome(async () => ours(scope as Json))).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it.each([
    "a + 1",
    "$sum(lines.amount)",
    "$map(a, function($x) { $x })",
    "a ~> $uppercase",
    "**.name",
    "($x := 1; $x)",
    "a[]",
    "$now()",
  ])("%s is refused before it runs", (expression) => {
    expect(() => compileExpression(expression)).toThrow(/not accepted in a mapping/);
  });
});

/** The plain JSON of a result: JSONata marks its lists with extra properties; that it threw, whatever it said. */
async function outcome(evaluate: () => Promise<Json | undefined>): Promise<unknown> {
  try {
    const value = await evaluate();
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  } catch {
    return "threw";
  }
}
