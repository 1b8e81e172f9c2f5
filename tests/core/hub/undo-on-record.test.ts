import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CompensateRequest } from "../../../src/flows/hub-port.ts";
import { endDueWaits } from "../../../src/flows/waits/end-due.ts";
import { handOver } from "../../../src/flows/waits/hand-over.ts";
import { selectStory } from "../../../src/store/hops.ts";
import { openTwoWorkers, type TwoWorkers } from "./two-workers.ts";

describe.each(["embedded", "postgres"] as const)("on %s, a process", (engine) => {
  let two: TwoWorkers;
  beforeAll(async () => {
    two = await openTwoWorkers(engine);
  });
  afterAll(() => two?.close());
  beforeEach(() => two.forget());

  function request(
    mode: CompensateRequest["mode"],
    messageId: string,
    rest: Partial<CompensateRequest> & { node?: string } = {},
  ): CompensateRequest {
    const { node = mode, ...others } = rest;
    return {
      kind: "compensate",
      mode,
      messageId,
      part: "",
      place: { flow: "orders", flowVersion: "v1", node },
      where: `compensate "${node}" in flow orders`,
      key: "order/1",
      message: { payload: { of: node }, nave: { messageId, entity: "order" } },
      ...others,
    };
  }
  async function hand(...requests: CompensateRequest[]): Promise<void> {
    for (const result of await handOver(two.workers[0], requests))
      if (result.status === "rejected") throw result.reason;
  }
  /** Steps reserve, order and pay, of one message. */
  async function steps(): Promise<string> {
    const id = await two.message();
    for (const node of ["reserve", "order", "pay"]) await hand(request("step", id, { node }));
    return id;
  }
  async function look(): Promise<void> {
    await two.fallDue();
    await Promise.all(two.workers.map((worker) => endDueWaits(worker, [])));
  }
  const wentOn = async () => (await two.resumed()).map(({ node, output }) => `${node} ${output}`);
  const settle = (state = "settled") =>
    two.db.query("update nave.message set state = $1 where kind = 'resumed' and state <> 'settled'", [state]);

  test("is undone step by step, from the last to the first, each when the one after it is settled; then what asked for it goes on", async () => {
    const id = await steps();
    await hand(request("all", id));
    const seen: string[][] = [];
    for (let round = 0; round < 5; round += 1) {
      await look();
      await look();
      seen.push(await wentOn());
      await settle();
    }
    expect(seen).toEqual([
      ["pay 1"],
      ["pay 1", "order 1"],
      ["pay 1", "order 1", "reserve 1"],
      ["pay 1", "order 1", "reserve 1", "all 0"],
      ["pay 1", "order 1", "reserve 1", "all 0"],
    ]);
    expect(await two.resumed()).toMatchObject([
      {
        entity: "order",
        canonical_id: id,
        causation_id: id,
        body: { payload: { of: "pay" }, nave: { entity: "order", waited: { kind: "undo", key: "order/1" } } },
      },
      {},
      {},
      { body: { payload: { of: "all" }, nave: { waited: { kind: "undo all", key: "order/1" } } } },
    ]);
    expect(await two.db.query("select 1 from nave.wait where state = 'open'")).toEqual([]);
  });

  test.each(["accepted", "waiting", "parked"])("waits for a step whose undo is %s", async (state) => {
    await hand(request("all", await steps()));
    await look();
    await settle(state);
    for (let round = 0; round < 3; round += 1) await look();
    expect(await wentOn()).toEqual(["pay 1"]);
    await settle("dropped");
    await look();
    expect(await wentOn()).toEqual(["pay 1", "order 1"]);
  });

  test("is undone once, however often its messages come and whoever asks for it, at whatever node", async () => {
    const id = await steps();
    const others = [await two.message(), await two.message()] as const;
    await Promise.all([
      handOver(two.workers[0], [request("all", id), request("all", others[0], { node: "all too" })]),
      handOver(two.workers[1], [request("all", id), request("all", others[1], { node: "all again" })]),
    ]);
    for (const node of ["reserve", "order", "pay"]) await hand(request("step", id, { node }));
    for (let round = 0; round < 6; round += 1) {
      await look();
      await settle();
    }
    await hand(request("all", id), request("all", others[0], { node: "all too" }));
    await look();
    const undone = (await wentOn()).filter((one) => one.endsWith(" 1"));
    expect(undone).toEqual(["pay 1", "order 1", "reserve 1"]);
    expect((await wentOn()).filter((one) => one.endsWith(" 0"))).toHaveLength(1);
  });

  test("that is done has nothing to be undone", async () => {
    const id = await steps();
    await hand(request("done", id));
    await hand(request("all", await two.message()));
    await look();
    expect(await wentOn()).toEqual(["all 0"]);
    expect((await two.db.query("select state from nave.wait where kind = 'undo'")).map((row) => row)).toEqual(
      Array.from({ length: 3 }, () => ({ state: "cancelled" })),
    );
  });

  test("that is being undone is not done; steps that come late are undone too", async () => {
    const id = await steps();
    await hand(request("all", id));
    await look();
    const late = await two.message();
    await hand(request("step", late, { node: "ship" }), request("done", late));
    for (let round = 0; round < 6; round += 1) {
      await settle();
      await look();
    }
    expect(await wentOn()).toEqual(["pay 1", "ship 1", "order 1", "reserve 1", "all 0"]);
  });

  test("keeps its hands off others, and undoes each part of a split message", async () => {
    const id = await two.message();
    for (const part of ["0", "1", "1"]) await hand(request("step", id, { node: "reserve", part }));
    await hand(request("step", id, { node: "reserve", key: "order/2", part: "2" }));
    await hand(request("all", id));
    for (let round = 0; round < 4; round += 1) {
      await look();
      await settle();
    }
    expect(await wentOn()).toEqual(["reserve 1", "reserve 1", "all 0"]);
    const open = await two.db.query("select process from nave.wait where state = 'open'");
    expect(open).toEqual([{ process: "order/2" }]);
  });

  test("tells its story", async () => {
    const id = await two.message();
    await hand(request("step", id, { node: "reserve" }));
    await hand(request("all", id));
    for (let round = 0; round < 3; round += 1) {
      await look();
      await settle();
    }
    const story = await selectStory(two.db, [{ entity: "order", canonicalId: id }], [], 100);
    const [reserve, all] = ["reserve", "all"].map((node) => `compensate "${node}" in flow orders`);
    expect(story.map(({ step, text }) => `${step}: ${text}`)).toEqual([
      `waiting: can be undone from ${reserve}, in process order/1`,
      `waiting: undoes process order/1 at ${all}, from its last step back`,
      `resumed: goes on at ${reserve}: undone, as process order/1 is at ${all}`,
      `resumed: goes on at ${all}: 1 steps of process order/1 have been undone`,
    ]);
  });
});
