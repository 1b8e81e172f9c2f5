import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import { failureOf } from "../../../tests/adapters/failures.ts";
import { startServer } from "../simulator/server.ts";

test("a CRM without a field for the hub's key is written without it, and never searched for it", async () => {
  const crm = await startServer({ misbehave: { withoutProbe: true, dropUnknownFields: false } });
  onTestFinished(() => crm.close());
  const adapter = await loadAdapter(fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, ""));
  const { probe: _probe, ...capability } = adapter.manifest.entities["customer"] ?? {};
  const entities = { ...adapter.manifest.entities, customer: capability } as typeof adapter.manifest.entities;
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const manifest = { ...adapter.manifest, entities };
  const spoke = await adapter.connect({ system: "crm", settings: crm.settings, manifest, log });
  const signal = AbortSignal.timeout(10_000);
  const request = { kind: "create", probeKey: "p1", body: { displayName: "Ann" } } as const;
  expect(await spoke.write("customer", [request], signal)).toMatchObject([
    { kind: "written", localId: "acc_1" },
  ]);
  expect(await crm.get("customer", "acc_1")).toEqual({ id: "acc_1", displayName: "Ann" });
  expect((await failureOf(spoke.findByProbe?.("customer", ["p1"], signal) ?? Promise.resolve())).code).toBe(
    "NAVE_NOT_SUPPORTED",
  );
});
