import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { keepSchedule } from "../../../src/flows/waits/schedule.ts";
import type { SchedulePlan } from "../../../src/flows/waits/schedule-plan.ts";
import { openTwoWorkers, type TwoWorkers } from "./two-workers.ts";

const PLACE = { flow: "orders", flowVersion: "v1", node: "n1" };

describe.each(["embedded", "postgres"] as const)("on %s, what waits for its time", (engine) => {
  let two: TwoWorkers;
  beforeAll(async () => {
    two = await openTwoWorkers(engine);
  });
  afterAll(() => two.close());
  beforeEach(() => two.forget());

  const plan: SchedulePlan = { everyMs: 3_600_000, missed: "once" };
  const live = (rest: Partial<SchedulePlan> = {}) => ({
    place: PLACE,
    where: "schedule (n1) in flow orders",
    plan: { ...plan, ...rest } as SchedulePlan,
  });
  /** As if the hub had last run so long ago. */
  async function wasDown(interval: string): Promise<void> {
    const key = `to_char((due_at - interval '${interval}') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    await two.db.query(
      `update nave.wait set due_at = due_at - interval '${interval}', key = ${key} where state = 'open'`,
    );
  }
  const next = () => two.db.query<{ due_at: Date }>("select due_at from nave.wait where state = 'open'");

  test("is put on record once, however many workers have it deployed", async () => {
    await Promise.all(two.workers.flatMap(({ db }) => [keepSchedule(db, live()), keepSchedule(db, live())]));
    expect(await next()).toHaveLength(1);
  });

  test("fires once, however many workers there are, and waits for the next", async () => {
    await keepSchedule(two.db, live());
    await wasDown("1 hour");
    for (let n = 0; n < 3; n += 1) await two.bothEndDue(["n1"]);
    const fired = await two.resumed();
    expect(fired).toMatchObject([{ output: 0, entity: null, flow: "orders", node: "n1" }]);
    const [waiting, ...others] = await next();
    expect(others).toEqual([]);
    expect(waiting?.due_at.getTime()).toBeGreaterThan(Date.now());
  });

  test("does not fire for a worker that has not deployed it", async () => {
    await keepSchedule(two.db, live());
    await wasDown("1 hour");
    await two.bothEndDue(["n2"]);
    expect(await two.resumed()).toEqual([]);
  });

  test("makes up once for all that was missed", async () => {
    await keepSchedule(two.db, live());
    await wasDown("30 hours");
    await two.bothEndDue(["n1"]);
    expect(await two.resumed()).toMatchObject([
      { body: { nave: { waited: { kind: "schedule", missed: true } } } },
    ]);
    expect(await next()).toHaveLength(1);
  });

  test("or skips what was missed", async () => {
    await keepSchedule(two.db, live({ missed: "skip" }));
    await wasDown("30 hours");
    await two.bothEndDue(["n1"]);
    expect(await two.resumed()).toEqual([]);
    expect((await next())[0]?.due_at.getTime()).toBeGreaterThan(Date.now());
  });

  test("never fires twice for one due time, though the clock goes back", async () => {
    await keepSchedule(two.db, live());
    const [due] = await next();
    await two.fallDue();
    await two.bothEndDue(["n1"]);
    await two.db.query("delete from nave.wait where state = 'open'");
    await keepSchedule(two.db, live());
    const [after] = await next();
    expect(after?.due_at.getTime()).toBeGreaterThan(due?.due_at.getTime() ?? 0);
    expect(await two.resumed()).toHaveLength(1);
  });

  test("follows a changed timetable, and a new version of its flow", async () => {
    await keepSchedule(two.db, live());
    await keepSchedule(two.db, { ...live(), place: { ...PLACE, flowVersion: "v2" } });
    expect(await two.db.query("select flow_version from nave.wait")).toEqual([{ flow_version: "v2" }]);
    await keepSchedule(two.db, live({ everyMs: 60_000 }));
    const [only, ...others] = await next();
    expect(others).toEqual([]);
    expect(only?.due_at.getTime()).toBeLessThan(Date.now() + 61_000);
  });
});
