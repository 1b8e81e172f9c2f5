import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { type Bed, signal } from "./bed.ts";
import { failureOf, secretsOf, spelledOut } from "./failures.ts";
import { given, when } from "./given.ts";

/** Manifest, health, credentials, and what becomes of secrets. */
export function accessPromises(bed: Bed): void {
  test("the manifest declares what the adapter offers", () => {
    const { entities, operations } = bed.manifest;
    const files = Object.values(entities).map(({ mapping }) =>
      join(bed.folder, "mappings", `${mapping}.yaml`),
    );
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const hasProbes = Object.values(entities).some(({ probe }) => probe !== undefined);
    expect("findByProbe" in bed.spoke || !hasProbes).toBe(true);
    expect("call" in bed.spoke || Object.keys(operations).length === 0).toBe(true);
  });

  test("an entity or operation it does not have is NAVE_NOT_SUPPORTED", async () => {
    const failure = await failureOf(bed.spoke.read("no-such-entity", ["1"], signal()));
    expect(failure.code).toBe("NAVE_NOT_SUPPORTED");
    if (!bed.spoke.call) return;
    const request = { args: {}, idempotencyKey: "1", signal: signal() };
    expect((await failureOf(bed.spoke.call("no-such-operation", request))).code).toBe("NAVE_NOT_SUPPORTED");
  });

  test("health answers, and tells the system's clock where it has one", async () => {
    const { now = new Date().toISOString() } = await bed.spoke.health(signal());
    expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(120_000);
  });

  given("wrongCredentials" in bed.harness)(
    "refused credentials pause the system, and no error holds a secret",
    async () => {
      const settings = (right: JsonObject) => bed.harness.wrongCredentials?.(right) ?? right;
      const secrets = secretsOf(bed.manifest, settings(bed.started.settings));
      const attempt = async () => (await bed.connect({ settings })).health(signal());
      const failure = await failureOf(attempt());
      expect(failure.code).toBe("NAVE_CREDENTIALS_REFUSED");
      for (const secret of secrets) expect(spelledOut(failure)).not.toContain(secret);
    },
  );

  when(bed, "unauthorisedNext")("an ended session is renewed without anybody noticing", async () => {
    await bed.spoke.health(signal());
    const [entity = ""] = bed.entities;
    const id = await bed.insert(entity);
    await bed.misbehave({ unauthorisedNext: 1 });
    expect((await bed.readOne(entity, id)).localId).toBe(id);
    if (!bed.capability(entity).create) return;
    await bed.misbehave({ unauthorisedNext: 1 });
    const [outcome] = await bed.create(entity, [await bed.sample(entity)]);
    expect(outcome?.kind).toBe("written");
  });
}
