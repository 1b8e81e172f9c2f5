import { describe, expect, test } from "vitest";
import type { JsonObject, OperationReply, Spoke } from "../../src/adapter-kit/contract.ts";
import { type Bed, signal } from "./bed.ts";
import { given, when } from "./given.ts";

/** Commands and queries: told apart, repeated under the same key without doing anything twice, refused when they do not fit. */
export function operationPromises(bed: Bed): void {
  const offers = Object.keys(bed.manifest.operations).length > 0;
  given(offers)(
    "an operation that the manifest does not declare is not supported, naming those it does",
    async () => {
      await expect(invoke(bed.spoke, "no-such-operation", {}, "key")).rejects.toMatchObject({
        code: "NAVE_NOT_SUPPORTED",
        detail: { accepts: expect.stringContaining(Object.keys(bed.manifest.operations)[0] ?? "") },
      });
    },
  );

  for (const sample of bed.harness.commands ?? []) {
    const { operation, effect } = sample;
    const prepare = async () => {
      const id = await bed.insert(sample.about);
      const { far } = bed.started;
      const args = await sample.args(far, id);
      return { args, before: await effect(far, id), now: () => effect(far, id) };
    };

    describe(`the command ${operation}`, () => {
      test("repeated under the same key is done once and answered alike, also over another connection", async () => {
        const { args, before, now } = await prepare();
        const key = bed.probeKey();
        const first = await invoke(bed.spoke, operation, args, key);
        expect(first).toMatchObject({ kind: "done", result: expect.any(Object) });
        const after = await now();
        expect(after).not.toEqual(before);
        expect(await invoke(bed.spoke, operation, args, key)).toEqual(first);
        expect(await invoke(await bed.connect(), operation, args, key)).toEqual(first);
        expect(await now()).toEqual(after);
      });

      test("that does not fit is refused with a reason, and does nothing", async () => {
        const { args, before, now } = await prepare();
        const reply = await invoke(bed.spoke, operation, sample.refused(args), bed.probeKey());
        expect(reply).toMatchObject({ kind: "refused", text: expect.stringMatching(/\w/) });
        expect(await now()).toEqual(before);
      });

      when(bed, "rateLimitNext")(
        "that is put off is certainly not done, and not called refused",
        async () => {
          const { args, before, now } = await prepare();
          await bed.spoke.health(signal());
          await bed.misbehave({ rateLimitNext: 1, retryAfterSeconds: 7 });
          const reply = await invoke(bed.spoke, operation, args, bed.probeKey());
          expect(reply).toMatchObject({ kind: "unavailable", retryAfterMs: 7000 });
          expect(await now()).toEqual(before);
        },
      );

      when(bed, "lostAfterWriteNext")(
        "whose answer is lost is unknown, and done once however often it is repeated",
        async () => {
          const { args, before, now } = await prepare();
          await bed.spoke.health(signal());
          const key = bed.probeKey();
          await bed.misbehave({ lostBy: "close", lostAfterWriteNext: 1 });
          expect(await invoke(bed.spoke, operation, args, key)).toMatchObject({ kind: "unknown" });
          const after = await now();
          expect(after).not.toEqual(before);
          expect(await invoke(bed.spoke, operation, args, key)).toMatchObject({ kind: "done" });
          expect(await now()).toEqual(after);
        },
      );

      when(bed, "lostBeforeWriteNext")(
        "that was lost on its way is unknown, and done when it is repeated",
        async () => {
          const { args, before, now } = await prepare();
          await bed.spoke.health(signal());
          const key = bed.probeKey();
          await bed.misbehave({ lostBy: "close", lostBeforeWriteNext: 1 });
          expect(await invoke(bed.spoke, operation, args, key)).toMatchObject({ kind: "unknown" });
          expect(await now()).toEqual(before);
          expect(await invoke(bed.spoke, operation, args, key)).toMatchObject({ kind: "done" });
          expect(await now()).not.toEqual(before);
        },
      );
    });
  }
}

/** As the hub calls it. */
async function invoke(
  spoke: Spoke,
  operation: string,
  args: JsonObject,
  idempotencyKey: string,
): Promise<OperationReply> {
  if (!spoke.call) throw new Error("the manifest declares operations, and the spoke has no call");
  return spoke.call(operation, { args, idempotencyKey, signal: signal() });
}
