import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CollectRequest, DeadlineRequest, WaitRequest } from "../../../src/flows/hub-port.ts";
import { readPath } from "../../../src/flows/tracking/path-on-record.ts";
import type { CollectRules } from "../../../src/flows/waits/collect-rules.ts";
import { endDueWaits } from "../../../src/flows/waits/end-due.ts";
import { handOver, meet } from "../../../src/flows/waits/hand-over.ts";
import { keepSchedule } from "../../../src/flows/waits/schedule.ts";
import type { SchedulePlan } from "../../../src/flows/waits/schedule-plan.ts";
import type { Hub } from "../../../src/hub.ts";
import type { Database } from "../../../src/store/database.ts";
import { selectStory } from "../../../src/store/hops.ts";
import { settleWithOlder } from "../../../src/store/messages.ts";
import { reviveHeld } from "../../../src/store/resumed-messages.ts";
import { countWaiting, deleteOldWaits } from "../../../src/store/waits.ts";
import { openTwoWorkers, type Resumed, type TwoWorkers } from "./two-workers.ts";

const PLACE = { flow: "orders", flowVersion: "v1", node: "n1" };
const WHERE = 'collect "by customer" (n1) in flow orders';

/** What the port does; what fails is thrown. */
async function hand(worker: Hub | undefined, ...requests: WaitRequest[]): Promise<void> {
  throwFailures(await handOver(worker as Hub, requests));
}
async function meetOne(worker: Hub | undefined, request: DeadlineRequest): Promise<void> {
  throwFailures(await meet(worker as Hub, [request]));
}
function throwFailures(results: PromiseSettledResult<void>[]): void {
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

describe.each(["embedded", "postgres"] as const)("on %s, what waits", (engine) => {
  let two: TwoWorkers;
  let workers: readonly Hub[];
  let db: Database;
  beforeAll(async () => {
    two = await openTwoWorkers(engine);
    ({ workers, db } = two);
  });
  afterAll(() => two.close());
  beforeEach(() => two.forget());

  const message = (story?: string) => two.message(story);
  const resumed = () => two.resumed();
  const fallDue = () => two.fallDue();
  const bothEndDue = () => two.bothEndDue();
  function arriving(
    messageId: string,
    rules: Partial<CollectRules>,
    rest: Partial<CollectRequest> = {},
  ): CollectRequest {
    return {
      kind: "collect",
      messageId,
      part: "",
      place: PLACE,
      where: WHERE,
      key: "C-1",
      item: { payload: { of: messageId }, nave: { messageId } },
      rules: { most: 1000, ...rules },
      ...rest,
    };
  }
  function starting(messageId: string, rest: Partial<DeadlineRequest> = {}): DeadlineRequest {
    return {
      kind: "deadline",
      messageId,
      part: "",
      place: PLACE,
      where: "deadline (n1) in flow orders",
      key: "answer/1",
      due: { afterMs: 3_600_000 },
      message: { payload: { of: messageId }, nave: { messageId, entity: "order" } },
      ...rest,
    };
  }

  const itemsOf = ({ body }: Resumed) =>
    (body.payload as { payload: { of: string } }[]).map((one) => one.payload.of);
  const states = async () =>
    (await db.query<{ state: string }>("select state from nave.wait order by created_at")).map(
      ({ state }) => state,
    );

  describe("in a collection", () => {
    test("goes on exactly once, each item in one collection, however many workers and redeliveries there are", async () => {
      const ids = await Promise.all(Array.from({ length: 40 }, () => message()));
      const requests = ids.map((id) => arriving(id, { count: 10 }));
      await Promise.all(requests.flatMap((request) => workers.map((worker) => hand(worker, request))));
      const collections = (await resumed()).map(itemsOf);
      expect(collections.map((items) => items.length)).toEqual([10, 10, 10, 10]);
      expect(collections.flat().sort()).toEqual([...ids].sort());
      await hand(workers[0], ...requests, ...requests);
      expect(await states()).toEqual(["done", "done", "done", "done"]);
    });

    test("goes on exactly once, in the same way, when whole groups come at once to several windows", async () => {
      const ids = await Promise.all(Array.from({ length: 60 }, () => message()));
      const requests = ids.map((id, n) => arriving(id, { count: 7 }, { key: `C-${n % 3}` }));
      const [some, others] = [requests.slice(0, 35), requests.slice(25)];
      await Promise.all([hand(workers[0], ...some), hand(workers[1], ...others)]);
      const collections = (await resumed()).map(itemsOf);
      expect(collections.map((items) => items.length)).toEqual([7, 7, 7, 7, 7, 7]);
      const left = await db.query<{ message_id: string }>(
        "select message_id from nave.wait_arrival a join nave.wait w on w.id = a.wait_id where w.state = 'open'",
      );
      const all = [...collections.flat(), ...left.map((one) => one.message_id)];
      expect(all.sort()).toEqual([...ids].sort());
    });

    test("goes on once when time ends it in two workers at the same moment, while more arrives", async () => {
      const early = await Promise.all(Array.from({ length: 5 }, () => message()));
      const late = await Promise.all(Array.from({ length: 5 }, () => message()));
      for (const id of early) await hand(workers[0], arriving(id, { sinceFirstMs: 3_600_000 }));
      await fallDue();
      const arrivals = late.map((id) => hand(workers[1], arriving(id, { sinceFirstMs: 3_600_000 })));
      await Promise.all([...arrivals, bothEndDue()]);
      await fallDue();
      await bothEndDue();
      const collections = (await resumed()).map(itemsOf);
      expect(collections.flat().sort()).toEqual([...early, ...late].sort());
      expect(await db.query("select 1 from nave.wait where state = 'open'")).toEqual([]);
    });

    test("goes on in the order of arrival, from the place where it waited, with what ended it", async () => {
      const story = randomUUID();
      const ids = [await message(story), await message(story), await message(story)];
      for (const id of ids) await hand(workers[0], arriving(id, { count: 3 }));
      const [one] = await resumed();
      expect(one).toMatchObject({
        output: 0,
        state: "accepted",
        flow: "orders",
        flow_version: "v1",
        node: "n1",
        entity: "order",
        canonical_id: null,
        correlation_id: story,
        causation_id: ids[0],
        body: {
          nave: { entity: "order", waited: { kind: "collect", key: "C-1", count: 3, endedBy: "count" } },
        },
      });
      expect(one && itemsOf(one)).toEqual(ids);
    });

    test("goes on when its expression holds, and waits until then", async () => {
      const rules = { expression: "$count(items) = 3 and items[2].nave.messageId = items[2].payload.of" };
      const ids = [await message(), await message(), await message()];
      for (const id of ids.slice(0, 2)) await hand(workers[0], arriving(id, rules));
      expect(await resumed()).toEqual([]);
      await hand(workers[0], arriving(ids[2] ?? "", rules));
      expect((await resumed()).map(itemsOf)).toEqual([ids]);
    });

    test("goes on by the second output when no more may be collected", async () => {
      for (let n = 0; n < 3; n += 1)
        await hand(workers[0], arriving(await message(), { bytes: 1e6, most: 3 }));
      expect(await resumed()).toMatchObject([
        { output: 1, body: { nave: { waited: { endedBy: "maximum" } } } },
      ]);
    });

    test("keeps copies of one message apart, and keys", async () => {
      const id = await message();
      for (const part of ["0", "1", "0"]) await hand(workers[0], arriving(id, { count: 3 }, { part }));
      await hand(workers[0], arriving(id, { count: 3 }, { part: "2", key: "C-2" }));
      const waits = await db.query(
        "select key, data->'window'->'count' as count from nave.wait order by key",
      );
      expect(waits).toEqual([
        { key: "C-1", count: 2 },
        { key: "C-2", count: 1 },
      ]);
    });

    test("is told in the story of each record, and what follows too", async () => {
      const ids = [await message(), await message()];
      for (const id of ids) await hand(workers[0], arriving(id, { count: 2 }));
      const [one] = await resumed();
      const steps = async (id: string) =>
        (await selectStory(db, [{ entity: "order", canonicalId: id }], [], 100)).map(
          ({ step, text }) => `${step}: ${text}`,
        );
      const onward = `goes on at ${WHERE}`;
      expect(await steps(ids[1] ?? "")).toEqual([
        `waiting: waits for others at ${WHERE} under key C-1, as number 2`,
        `resumed: ${onward}: 2 collected under key C-1, as many as were wanted`,
        `collected: ${onward} among 2, as message ${one?.id}`,
      ]);
    });
  });

  describe("for a deadline", () => {
    test("goes on once by the second output when it is missed, whoever looks", async () => {
      const id = await message();
      await hand(workers[0], starting(id));
      await bothEndDue();
      expect(await resumed()).toEqual([]);
      await fallDue();
      await bothEndDue();
      await bothEndDue();
      expect(await resumed()).toMatchObject([
        {
          output: 1,
          entity: "order",
          canonical_id: id,
          causation_id: id,
          body: {
            payload: { of: id },
            nave: { entity: "order", waited: { kind: "deadline", key: "answer/1" } },
          },
        },
      ]);
    });

    test("does not go on when it is met in time, at whatever node", async () => {
      const id = await message();
      await hand(workers[0], starting(id));
      const meeting = starting(await message(), { place: { ...PLACE, node: "n2" }, where: "deadline (n2)" });
      await meetOne(workers[1], meeting);
      await fallDue();
      await bothEndDue();
      expect(await resumed()).toEqual([]);
      expect(await states()).toEqual(["cancelled"]);
      const story = await selectStory(db, [{ entity: "order", canonicalId: id }], [], 100);
      expect(story.map(({ step }) => step)).toEqual(["waiting", "in-time"]);
    });

    test("is missed or met, never both", async () => {
      for (let round = 0; round < 10; round += 1) {
        await hand(workers[0], starting(await message(), { due: { at: new Date(0) } }));
        const meeting = starting(await message(), { place: { ...PLACE, node: "n2" } });
        await Promise.all([bothEndDue(), meetOne(workers[1], meeting)]);
      }
      const ended = await states();
      expect(ended).toHaveLength(10);
      expect((await resumed()).length).toBe(ended.filter((state) => state === "done").length);
      expect(ended).not.toContain("open");
    });

    test("stands when it is started again; what is redelivered neither starts nor meets another", async () => {
      const first = starting(await message(), { due: { at: new Date("2100-01-01T00:00:00Z") } });
      const meeting = starting(await message(), { place: { ...PLACE, node: "n2" } });
      await hand(workers[0], first);
      await hand(workers[0], starting(await message(), { due: { at: new Date(0) } }));
      const [running] = await db.query<{ due_at: Date }>("select due_at from nave.wait");
      expect(running?.due_at).toEqual(new Date("2100-01-01T00:00:00Z"));
      await meetOne(workers[0], meeting);
      await hand(workers[0], first);
      expect(await states()).toEqual(["cancelled"]);
      await hand(workers[0], starting(await message()));
      await meetOne(workers[0], meeting);
      expect(await states()).toEqual(["cancelled", "open"]);
    });
  });

  test("and cannot be ended does not hold up the others", async () => {
    await hand(workers[0], arriving(await message(), { sinceFirstMs: 1000 }));
    await db.query(`update nave.wait set data = '{"where": "broken"}'`);
    const id = await message();
    await hand(workers[0], starting(id));
    await fallDue();
    await endDueWaits(workers[0] as Hub, []);
    expect((await resumed()).map((one) => one.causation_id)).toEqual([id]);
    const [broken] = await db.query<{ due_at: Date }>("select due_at from nave.wait where state = 'open'");
    expect(broken?.due_at.getTime()).toBeGreaterThan(Date.now());
  });

  test("and was held for want of its node goes on when that is deployed with the output, its dead letter healed", async () => {
    await hand(workers[0], starting(await message()));
    await fallDue();
    await endDueWaits(workers[0] as Hub, []);
    await db.query(
      `update nave.message set state = 'parked', error = '{"code": "NAVE_FLOW_MISSING"}' where kind = 'resumed'`,
    );
    await db.query(
      `insert into nave.dead_letter (id, subject, code, text, detail, owner, state)
       select gen_random_uuid(), 'message:' || id, 'NAVE_FLOW_MISSING', 'gone', '{}', 'operators', 'open'
       from nave.message where kind = 'resumed'`,
    );
    const place = { flow: "renamed", flowVersion: "v9", node: "n1" };
    expect(await reviveHeld(db, [{ ...place, outputs: 1 }])).toBe(0);
    expect(await reviveHeld(db, [{ ...place, outputs: 2 }])).toBe(1);
    expect(await resumed()).toMatchObject([{ state: "accepted", flow: "renamed", flow_version: "v9" }]);
    expect(await db.query("select state from nave.dead_letter")).toEqual([{ state: "healed" }]);
  });

  test("is counted at its node: what is collected one by one, of a deadline each that is open, no firing", async () => {
    const collector = { ...PLACE, node: "n2" };
    for (const key of ["C-1", "C-1", "C-2"]) {
      await hand(workers[0], arriving(await message(), {}, { key, place: collector }));
    }
    await hand(workers[0], arriving(await message(), { count: 1 }, { key: "over", place: collector }));
    for (const key of ["a", "b", "b"]) await hand(workers[0], starting(await message(), { key }));
    await meetOne(workers[0], starting(await message(), { key: "a" }));
    const plan: SchedulePlan = { everyMs: 3_600_000, missed: "once" };
    await keepSchedule(db, { place: { ...PLACE, node: "n3" }, where: "schedule", plan });
    const counted = await countWaiting(db);
    expect(counted.toSorted((one, other) => (one.node < other.node ? -1 : 1))).toEqual([
      { node: "n1", waiting: 1 },
      { node: "n2", waiting: 3 },
    ]);
  });

  test("shows on the way of the message that came there, as long as it waits", async () => {
    const path = { nodes: ["in", PLACE.node], copies: [1, 2] };
    const [kept, unkept] = [await message(), await message()];
    expect(await readPath(db, kept)).toEqual({
      messageId: kept,
      entity: "order",
      state: "accepted",
      code: null,
    });
    await hand(workers[0], starting(kept));
    await settleWithOlder(db, [kept, unkept], new Map([[kept, path]]));
    const waiting = { state: "settled", path: { ...path, outcome: "passed", waitsAt: [PLACE.node] } };
    expect(await readPath(db, kept)).toMatchObject(waiting);
    await meetOne(workers[0], starting(unkept));
    expect(await readPath(db, kept)).toMatchObject({ path: { outcome: "passed", waitsAt: [] } });
    expect((await readPath(db, unkept))?.path).toBeUndefined();
  });

  test("and is over is forgotten after its time, unless a message in it can still come again", async () => {
    const [over, again] = [await message(), await message()];
    for (const id of [over, again]) await hand(workers[0], arriving(id, { count: 1 }, { key: id }));
    await meetOne(workers[0], starting(over, { key: "answer/none" }));
    await db.query("update nave.wait set closed_at = now() - interval '31 days'");
    await db.query("update nave.wait_arrival set at = now() - interval '31 days'");
    await db.query("update nave.message set state = 'settled' where id = $1", [over]);
    await deleteOldWaits(db, 30, 100);
    expect(await db.query("select key from nave.wait")).toEqual([{ key: again }]);
    expect(await db.query("select message_id from nave.wait_arrival")).toEqual([{ message_id: again }]);
  });
});
