import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { CONFIG_SCHEMA } from "../../../src/config/config-schema.ts";

test("the schema of the configuration is a JSON Schema without unknown words", () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  expect(ajv.validateSchema(CONFIG_SCHEMA), ajv.errorsText()).toBe(true);
  expect(() => ajv.compile(CONFIG_SCHEMA)).not.toThrow();
});
