import { describe, expect, test } from "vitest";
import type { Spoke, WriteOutcome } from "../../src/adapter-kit/contract.ts";
import { until } from "../services/until.ts";
import { type Bed, signal } from "./bed.ts";
import { given, when } from "./given.ts";

/** A write whose answer never came: the adapter says so, and the probe tells what became of it. */
export function lostAnswerPromises(bed: Bed): void {
  const entity = bed.entities.find((name) => bed.capability(name).create) ?? "";
  const can = entity !== "" && bed.has("lostBeforeWriteNext", "lostAfterWriteNext");
  const hasProbe = bed.manifest.entities[entity]?.probe !== undefined;

  const attempt = async (spoke: Spoke): Promise<{ outcome: WriteOutcome | undefined; probeKey: string }> => {
    const probeKey = bed.probeKey();
    const request = { kind: "create", probeKey, body: await bed.sample(entity) } as const;
    const [outcome] = await spoke.write(entity, [request], signal());
    return { outcome, probeKey };
  };
  const probe = async (probeKey: string) =>
    (await bed.spoke.findByProbe?.(entity, [probeKey], signal())) ?? [];

  const losses = can && hasProbe ? (["close", "silence"] as const) : [];
  describe.each(losses)("an answer lost by %s", (lostBy) => {
    const quick = () => bed.connect({ manifest: (m) => ({ ...m, limits: { ...m.limits, timeoutMs: 600 } }) });

    test("before the work was done leaves the fate unknown, and nothing there", async () => {
      const spoke = await quick();
      await spoke.health(signal());
      await bed.sample(entity);
      await bed.misbehave({ lostBy, lostBeforeWriteNext: 1 });
      const { outcome, probeKey } = await attempt(spoke);
      expect(outcome?.kind).toBe("unknown");
      expect(await probe(probeKey)).toEqual([]);
    });

    test("after the work was done leaves the fate unknown, and the probe finds it", async () => {
      const spoke = await quick();
      await spoke.health(signal());
      await bed.sample(entity);
      await bed.misbehave({ lostBy, lostAfterWriteNext: 1 });
      const { outcome, probeKey } = await attempt(spoke);
      expect(outcome?.kind).toBe("unknown");
      expect(await probe(probeKey)).toHaveLength(1);
    });

    when(bed, "commitAfterMs")("while the work goes on is found within the settle time", async () => {
      const spoke = await quick();
      await spoke.health(signal());
      await bed.sample(entity);
      await bed.misbehave({ lostBy, lostAfterWriteNext: 1, commitAfterMs: 1200 });
      const { outcome, probeKey } = await attempt(spoke);
      expect(outcome?.kind).toBe("unknown");
      expect(await probe(probeKey)).toEqual([]);
      const { settleMs } = bed.manifest.limits;
      await until(
        "the probe finds the late commit",
        async () => (await probe(probeKey)).length === 1,
        settleMs,
      );
    });
  });

  const updatable = bed.entities.find((name) => bed.capability(name).update && bed.harness.change(name, 1));
  given(can && updatable)("an update whose answer is lost is unknown too", async () => {
    const name = updatable ?? "";
    const id = await bed.insert(name);
    const request = await bed.updateOf(name, id, bed.harness.change(name, bed.nextNumber()) ?? {});
    await bed.misbehave({ lostBy: "close", lostAfterWriteNext: 1 });
    const [outcome] = await bed.spoke.write(name, [request], signal());
    expect(outcome?.kind).toBe("unknown");
  });
}
