import { readdirSync } from "node:fs";
import { expect, test } from "vitest";

type Texts = { entityName(entity: string): string };

test.each(["en", "zh-CN"])("in %s every entity of the canonical model has a name", async (language) => {
  const module = "../../console/texts.js";
  const { speak } = (await import(module)) as { speak(language: string): Texts };
  const entities = readdirSync("schemas").flatMap((file) => /^(.+)\.schema\.json$/.exec(file)?.[1] ?? []);
  expect(entities).toContain("customer");
  const texts = speak(language);
  expect(entities.filter((entity) => texts.entityName(entity) === entity)).toEqual([]);
});
