import { afterAll, beforeAll, expect, test } from "vitest";
import { NaveError } from "../../../src/errors.ts";
import { type Star, startStar } from "../hub/star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

test("one outage counts once, however many calls it hits and however many records they were about", async () => {
  const erp = star.running.hub.systems.get("erp");
  const down = () => Promise.reject(new NaveError("NAVE_SYSTEM_UNAVAILABLE", "down for a moment"));
  await Promise.allSettled(Array.from({ length: 20 }, () => erp?.ask(down)));
  expect(erp?.waitMs).toBeLessThanOrEqual(500);
  await star.quiet();
  await star.crm.seed(
    "customer",
    Array.from({ length: 40 }, (_unused, n) => ({ displayName: `Company ${n}`, customerNumber: `OUT-${n}` })),
  );
  await star.erp.misbehave({ lostAfterWriteNext: 1 });
  const longest = { ms: 0 };
  const watching = setInterval(() => {
    longest.ms = Math.max(longest.ms, erp?.waitMs ?? 0);
  }, 1);
  await star.quiet();
  clearInterval(watching);
  expect(longest.ms).toBeLessThanOrEqual(500);
  expect(await star.erp.all("customer")).toHaveLength(40);
});
