import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JsonObject, Spoke } from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { startServer } from "../simulator/server.ts";
import { sample } from "./samples.ts";

let shop: SandboxServer;
let spoke: Spoke;

beforeEach(async () => {
  shop = await startServer();
  const { connect, manifest } = await loadAdapter(
    fileURLToPath(new URL("../", import.meta.url)).replace(/\/$/, ""),
  );
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  spoke = await connect({ system: "shop", settings: shop.settings, manifest, log });
});

afterEach(() => shop.close());

const signal = () => AbortSignal.timeout(10_000);

test("a shop without the plugin is told which fields it lacks", async () => {
  await shop.misbehave({ withoutProbe: true });
  const failure = await spoke.health(signal()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "NAVE_CONFIG_INVALID" });
  expect((failure as Error).message).toContain("Customer.naveKey, Address.naveKey, ProductVariant.naveKey");
});

test.each([
  ["customer", { emailAddress: undefined }, "emailAddress"],
  ["customer", { addresses: [{ key: "billing", countryCode: "ZZ" }] }, "addresses[0].countryCode"],
  ["product", { price: "12.345" }, "price"],
  ["product", { currencyCode: "USD" }, "currencyCode"],
  ["product", { taxPercent: "13" }, "taxPercent"],
  ["product", { name: "" }, "name"],
] as const)("a %s with %j is refused by field, before anything is sent", async (entity, values, field) => {
  const given = Object.entries({ ...sample(entity, 1), ...values }).filter(
    ([, value]) => value !== undefined,
  );
  const body: JsonObject = Object.fromEntries(given);
  const [outcome] = await spoke.write(entity, [{ kind: "create", probeKey: "k", body }], signal());
  expect(outcome).toMatchObject({ kind: "refused", field, accepts: expect.stringMatching(/./) });
  expect(await shop.all(entity)).toEqual([]);
});

test("a record longer than Vendure takes is refused, before anything is sent", async () => {
  const body = { ...sample("customer", 1), lastName: "x".repeat(120_000) };
  const [outcome] = await spoke.write("customer", [{ kind: "create", probeKey: "k", body }], signal());
  expect(outcome).toMatchObject({ kind: "refused" });
  expect(await shop.all("customer")).toEqual([]);
});

test("a customer cut off before the addresses were written is completed under the same key", async () => {
  const { addresses, ...alone } = sample("customer", 1);
  await spoke.write("customer", [{ kind: "create", probeKey: "k", body: alone }], signal());
  const body = { ...alone, addresses: addresses ?? [] };
  const [outcome] = await spoke.write("customer", [{ kind: "create", probeKey: "k", body }], signal());
  expect(outcome?.kind).toBe("written");
  const customers = await shop.all("customer");
  expect(customers).toHaveLength(1);
  expect(customers[0]?.["addresses"]).toMatchObject([{ key: "billing" }, { key: "visiting" }]);
});

test("a checkpoint of another version is refused", async () => {
  for (const entity of ["customer", "order"]) {
    const scan = spoke.changes(entity, { checkpoint: { version: 2 }, full: false, signal: signal() });
    await expect(scan[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "NAVE_CONFIG_INVALID" });
  }
});
