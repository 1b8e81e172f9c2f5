import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { flatten, unflatten } from "../../../src/canonical/fields.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import type { Body } from "../../../src/canonical/types.ts";

const EXAMPLES = fileURLToPath(new URL("../../../schemas/examples/", import.meta.url));
const model = loadModel();

type Invalid = { body: Body; problems: { path: string; text: string }[] };

function examples<T>(entity: string, kind: "valid" | "invalid"): [string, T][] {
  const folder = join(EXAMPLES, entity, kind);
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8")) as T]);
}

test("every entity has examples and every folder of examples is an entity", () => {
  expect(readdirSync(EXAMPLES).sort()).toEqual([...model.entities].sort());
});

describe.each(model.entities)("%s", (entity) => {
  const type = model.entity(entity);

  test.each(examples<Body>(entity, "valid"))("%s is accepted and survives flattening", (_name, body) => {
    expect(type.validate(body)).toEqual([]);
    expect(unflatten(type, flatten(type, body))).toEqual(body);
  });

  test.each(examples<Invalid>(entity, "invalid"))(
    "%s is refused for what is wrong with it",
    (_name, invalid) => {
      const found = type.validate(invalid.body);
      const expected = invalid.problems.map(({ path, text }) => ({
        path,
        text: expect.stringContaining(text),
      }));
      expect(found.map(({ path, text }) => ({ path, text }))).toEqual(expect.arrayContaining(expected));
      expect(found).toHaveLength(expected.length);
    },
  );
});
