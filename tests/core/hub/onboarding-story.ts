import { afterAll, beforeAll, expect, test } from "vitest";
import { settleReview } from "../../../src/identity/decide-review.ts";
import { goLive, type OnboardingPreview, previewOnboarding } from "../../../src/reconcile/onboard.ts";
import { reconcile } from "../../../src/reconcile/reconcile.ts";
import { countCanonical } from "../../../src/store/canonical-records.ts";
import { listConflicts } from "../../../src/store/conflicts.ts";
import { listOpenReviews } from "../../../src/store/match-keys.ts";
import { readStatus } from "../../../src/telemetry/status.ts";
import { populations, type Sizes } from "./populations.ts";
import { hubWrites, type Star, startStar } from "./star.ts";
import { timed } from "./timed.ts";

const MINUTE = 60_000;
/** Many records at once leave little time for polls. */
const POLL_MS = 300;

/** First contact of two full systems, told in order: shadow mode, preview, going live, decisions. */
export function tellOnboarding(sizes: Sizes, minutes: number): void {
  const { each, shared, near } = sizes;
  const own = each - shared - near;
  const timeoutMs = minutes * MINUTE;
  let star: Star;

  beforeAll(async () => {
    const never = { reconcileAfterQuietMs: 86_400_000, reconcileEveryMs: 86_400_000 };
    star = await startStar({
      store: "postgres",
      systems: {
        crm: { limits: { pollEveryMs: POLL_MS } },
        erp: { shadowMode: true, limits: { pollEveryMs: POLL_MS } },
      },
      hub: never,
    });
    const { crm, erp } = populations(sizes);
    // Long ago, and the ERP's a day later: only what comes after is read again by every poll.
    await star.crm.misbehave({ frozenStamp: "2026-11-01T08:00:00.000Z" });
    await star.crm.seed("customer", crm);
    await star.crm.misbehave({ frozenStamp: "" });
    await star.erp.misbehave({ frozenStamp: "2026-11-02T08:00:00.000Z" });
    await star.erp.seed("customer", erp);
    await star.erp.misbehave({ frozenStamp: "" });
    await timed(`${each} customers read from the CRM`, () => star.quiet(timeoutMs));
  }, timeoutMs);
  afterAll(() => star?.close());

  async function preview(): Promise<OnboardingPreview> {
    const previews = await timed("preview", () => previewOnboarding(star.running.hub, "erp"));
    return previews.find(({ entity }) => entity === "customer") as OnboardingPreview;
  }

  test(
    "the preview counts exactly what would be matched, asked about and made, and changes nothing",
    async () => {
      const first = await preview();
      expect(first).toMatchObject({
        read: each,
        linked: 0,
        matched: shared,
        undecided: near,
        unknown: own,
        invalid: 0,
        hubOnly: own,
      });
      const third = range(shared).filter((n) => n % 3 === 0).length;
      expect(first.differing).toContainEqual({
        field: "contactPoints[email].value",
        records: third,
        rule: "newest",
      });
      expect(await preview()).toEqual(first);
      expect(await countCanonical(star.running.hub.db, "customer")).toBe(each);
      expect([await hubWrites(star.crm), await hubWrites(star.erp)]).toEqual([0, 0]);
    },
    timeoutMs,
  );

  test(
    "live, and cut off on the way: one record per real customer, no conflicts, a question per near-duplicate",
    async () => {
      const { hub } = star.running;
      await goLive(hub, "erp", "test");
      await star.stopHub();
      await star.startHub();
      await timed("going live", () => star.quiet(timeoutMs));
      const { db } = star.running.hub;
      expect(await countCanonical(db, "customer")).toBe(each + own);
      expect(await star.crm.all("customer")).toHaveLength(each + own);
      expect(await star.erp.all("customer")).toHaveLength(each + own);
      expect(await listConflicts(db, "all", 10)).toEqual([]);
      expect(await listOpenReviews(db, 2 * near)).toHaveLength(near);
      expect(await readStatus(star.running.hub)).toMatchObject({ deadLetters: 0, inDoubt: 0, conflicts: 0 });
      const again = await preview();
      expect(again).toMatchObject({ linked: each + own - near, matched: 0, undecided: near, unknown: 0 });
    },
    timeoutMs,
  );

  test(
    "decisions link what is the same and make what is not; in the end nothing differs",
    async () => {
      const { hub } = star.running;
      const reviews = await listOpenReviews(hub.db, 2 * near);
      const same = Math.floor(near / 2);
      for (const [index, { id }] of reviews.entries())
        await settleReview(hub, id, index < same ? "same" : "different", "test");
      await timed("after the decisions", () => star.quiet(timeoutMs));
      const total = each + own + (near - same);
      expect(await countCanonical(hub.db, "customer")).toBe(total);
      expect(await star.crm.all("customer")).toHaveLength(total);
      expect(await star.erp.all("customer")).toHaveLength(total);
      expect(await listOpenReviews(hub.db, 10)).toEqual([]);
      for (const system of ["crm", "erp"]) {
        const [report] = await reconcile(hub, system, "customer");
        expect(report?.findings).toEqual([]);
      }
    },
    timeoutMs,
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
