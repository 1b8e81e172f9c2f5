import { describe, expect, test } from "vitest";
import { type Bed, scan, signal } from "./bed.ts";
import { failureOf, secretsOf, spelledOut } from "./failures.ts";
import { given, when } from "./given.ts";

/** A system that is down, slow, or says no in strange ways. */
export function faultPromises(bed: Bed): void {
  const entity = bed.entities.find((name) => bed.capability(name).create) ?? bed.entities[0] ?? "";
  const isWritable = bed.capability(entity).create;

  const forms = bed.has("rateLimitNext") ? (["seconds", "date"] as const) : [];
  describe.each(forms)("429 with Retry-After as %s", (retryAfterForm) => {
    const limit = { rateLimitNext: 1, retryAfterSeconds: 7, retryAfterForm };

    test("puts a scan off for as long as was asked", async () => {
      await bed.spoke.health(signal());
      await bed.misbehave(limit);
      const failure = await failureOf(scan(bed.spoke, entity));
      expect(failure.code).toBe("NAVE_SYSTEM_UNAVAILABLE");
      expectDelay(failure.detail.retryAfterMs);
    });

    given(isWritable)("puts a write off, certainly not written", async () => {
      const body = await bed.sample(entity);
      await bed.spoke.health(signal());
      await bed.misbehave(limit);
      const [outcome] = await bed.create(entity, [body]);
      if (outcome?.kind !== "unavailable") throw new Error(JSON.stringify(outcome));
      expectDelay(outcome.retryAfterMs);
      expect(await bed.started.far.all(entity)).toEqual([]);
    });
  });

  when(bed, "down")("a system that is down is waited for", async () => {
    const body = await bed.sample(entity);
    await bed.misbehave({ down: true });
    expect((await failureOf(scan(bed.spoke, entity))).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
    expect((await failureOf(bed.spoke.health(signal()))).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
    if (!isWritable) return;
    const [outcome] = await bed.create(entity, [body]);
    expect(outcome?.kind).toBe("unavailable");
  });

  given(!bed.harness.shared)("a connection that never came about is no write in doubt", async () => {
    const body = await bed.sample(entity);
    await bed.spoke.health(signal());
    await bed.started.close();
    try {
      expect((await failureOf(bed.spoke.health(signal()))).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
      if (!isWritable) return;
      const [outcome] = await bed.create(entity, [body]);
      expect(outcome?.kind).toBe("unavailable");
    } finally {
      bed.started = await bed.harness.start();
    }
  });

  when(bed, "brokenNext")("500 with a page of HTML aborts a scan", async () => {
    await bed.spoke.health(signal());
    await bed.misbehave({ brokenNext: 1 });
    const failure = await failureOf(scan(bed.spoke, entity));
    expect(failure.code).toBe("NAVE_SYSTEM_UNAVAILABLE");
    for (const secret of secretsOf(bed.manifest, bed.started.settings)) {
      expect(spelledOut(failure)).not.toContain(secret);
    }
  });

  given(bed.has("brokenNext") && isWritable)(
    "500 with a page of HTML proves nothing about a write",
    async () => {
      const body = await bed.sample(entity);
      await bed.spoke.health(signal());
      await bed.misbehave({ brokenNext: 1 });
      const [outcome] = await bed.create(entity, [body]);
      expect(outcome?.kind).toBe("unknown");
    },
  );

  const invalid = bed.harness.invalid?.(entity);
  const quiet = bed.has("errorInsideOk") && invalid !== undefined;
  given(quiet)("an error inside HTTP 200 is an error", async () => {
    await bed.misbehave({ errorInsideOk: true });
    const [alone] = await bed.create(entity, [invalid ?? {}]);
    expect(alone?.kind).toBe("refused");
    const outcomes = await bed.create(entity, [invalid ?? {}, await bed.sample(entity)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["refused", "written"]);
  });

  given(bed.has("htmlErrors") && invalid)(
    "a refusal as a page of HTML is not taken for success",
    async () => {
      await bed.misbehave({ htmlErrors: true });
      const [outcome] = await bed.create(entity, [invalid ?? {}]);
      expect(["refused", "unknown"]).toContain(outcome?.kind);
    },
  );

  when(bed, "answerAfterMs")("an answer that takes too long is a time-out", async () => {
    const spoke = await bed.connect({
      manifest: (manifest) => ({ ...manifest, limits: { ...manifest.limits, timeoutMs: 150 } }),
    });
    await spoke.health(signal());
    await bed.misbehave({ answerAfterMs: 600 });
    expect((await failureOf(scan(spoke, entity))).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
  });
}

function expectDelay(retryAfterMs: number | undefined): void {
  expect(retryAfterMs).toBeGreaterThan(4000);
  expect(retryAfterMs).toBeLessThanOrEqual(8000);
}
