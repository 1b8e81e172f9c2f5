import { describe, expect, test } from "vitest";
import { readCandidates } from "../../../src/access/candidates.ts";
import { checkValues, readForm } from "../../../src/flows/waits/approval-form.ts";
import { readApproval } from "../../../src/flows/waits/approval-settings.ts";

const form = readForm(
  JSON.stringify({
    properties: {
      limit: { type: "number", minimum: 0 },
      until: { type: "string", format: "date" },
      tier: { type: "string", enum: ["A", "B"] },
      note: { type: "string", maxLength: 5 },
      insured: { type: "boolean" },
    },
    required: ["limit"],
  }),
);

function refusalOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("a form", () => {
  test("is not there where the setting is empty", () => {
    expect(readForm("")).toBeUndefined();
    expect(() => checkValues(undefined, { any: 1 }, "approved")).toThrow("any is not asked for");
  });

  test("takes what it describes", () => {
    const values = { limit: 500, until: "2026-12-01", tier: "A", note: "ok", insured: true };
    expect(() => checkValues(form, values, "approved")).not.toThrow();
    expect(() => checkValues(form, {}, "rejected")).not.toThrow();
  });

  test.each([
    [{}, "limit is missing", "values.limit"],
    [{ limit: -1 }, "limit is not accepted", "values.limit"],
    [{ limit: 1, until: "2026-02-30" }, "until is not accepted", "values.until"],
    [{ limit: 1, tier: "C" }, "tier is not accepted", "values.tier"],
    [{ limit: 1, note: "too long" }, "note is not accepted", "values.note"],
    [{ limit: 1, note: "a\0b" }, "note holds a NUL character or half a character", "values.note"],
    [{ limit: 1, insured: "yes" }, "insured is not accepted", "values.insured"],
    [{ limit: 1, other: 1 }, "other is not asked for", "values.other"],
  ])("refuses %j and names the field", (values, text, field) => {
    expect(refusalOf(() => checkValues(form, values, "approved"))).toMatchObject({
      message: text,
      code: "NAVE_REQUEST_INVALID",
      detail: { field, accepts: expect.any(String) as string },
    });
  });

  test.each([
    ["no JSON", "{", /cannot be read/],
    ["no object", "[]", /must be object/],
    [
      "a list as a field",
      '{"properties": {"a": {"type": "array"}}}',
      /properties.a.type must be equal to one of/,
    ],
    ["a property of another schema", '{"properties": {"a": {"type": "string", "$ref": "x"}}}', /"\$ref"/],
    ["a name that is none", '{"properties": {"a b": {"type": "string"}}}', /must match pattern/],
    ["a required field that is not there", '{"properties": {}, "required": ["a"]}', /"a" is required/],
  ])("cannot be %s", (_case, json, text) => {
    expect(() => readForm(json)).toThrow(text);
  });
});

describe("candidates", () => {
  test("are accounts and roles, with commas", () => {
    expect(readCandidates(" kim, role:operator ,role:operator")).toEqual([
      "kim",
      "role:operator",
      "role:operator",
    ]);
  });
  test.each(["", " , ", "?", "role:king", "a b", "kim;lee"])("are not %j", (text) => {
    expect(() => readCandidates(text)).toThrow(/as candidate|0 candidates/);
  });
});

describe("an approve node", () => {
  const node = { id: "n", type: "approve", question: "Ship?", candidates: "kim" };
  test.each([
    [{ question: " " }, "has no question"],
    [{ candidates: "" }, "has no candidates"],
    [{ escalateTo: "lee", escalateDue: "1 d" }, "escalates, and has no deadline after which it would"],
    [{ due: "soon" }, 'has "soon" as the time that is left'],
    [{ due: "1 d", escalateTo: "lee" }, 'has "" as the time that is left'],
    [{ key: "payload.(" }, "has an expression as key that cannot be read"],
    [{ form: "{" }, "has a form that cannot be read"],
  ])("cannot be set to %j", (settings, text) => {
    expect(() => readApproval({ ...node, ...settings })).toThrow(text);
  });
});
