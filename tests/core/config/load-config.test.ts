import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CONFIG_SCHEMA } from "../../../src/config/config-schema.ts";
import { loadConfig } from "../../../src/config/load-config.ts";

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), "nave-config-")), "nave.config.yaml");
});
afterAll(() => rm(join(file, ".."), { recursive: true, force: true }));

const SYSTEMS = "systems: { crm: { adapter: sandbox-crm, entities: { customer: { take: true } } } }";

async function load(hub: string, env: NodeJS.ProcessEnv = {}) {
  await writeFile(file, `hub: ${hub}\n${SYSTEMS}\n`);
  return loadConfig(file, env);
}

test("the schema of the configuration is a JSON Schema without unknown words", () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  expect(() => ajv.compile(CONFIG_SCHEMA)).not.toThrow();
});

test("the hub listens on the loopback address, trusts no proxy and looks for deletes once a day, unless told otherwise", async () => {
  const { hub, systems } = await load("{}");
  expect(hub).toMatchObject({ host: "127.0.0.1", port: 8080, trustProxy: [] });
  expect(systems["crm"]?.fullScanEveryMs).toBe(86_400_000);
});

test("the environment overrides address and port", async () => {
  const env = { NAVE_HOST: "0.0.0.0", NAVE_PORT: "9000" };
  const { hub } = await load("{ host: 10.0.0.1, port: 8000, trustProxy: [loopback] }", env);
  expect(hub).toMatchObject({ host: "0.0.0.0", port: 9000, trustProxy: ["loopback"] });
});

test.each([
  ["{ trustProxy: true }"],
  ["{ trustProxy: loopback }"],
  ["{ trustProxy: -1 }"],
  ["{ trustProxy: [7] }"],
])("%s is refused naming the key", async (hub) => {
  await expect(load(hub)).rejects.toMatchObject({
    code: "NAVE_CONFIG_INVALID",
    message: expect.stringContaining("hub.trustProxy"),
  });
});
