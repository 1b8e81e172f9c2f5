import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import {
  type FlowToDeploy,
  type NewEpoch,
  readEpoch,
  readFlowVersion,
  readNewestEpoch,
  recordEpoch,
  repinMessages,
  selectDeployments,
  selectFlowHistory,
  selectVersionsInUse,
} from "../../../src/store/flow-versions.ts";
import { insertMessages, type NewMessage, readMessage } from "../../../src/store/messages.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { insertResumed } from "../../../src/store/resumed-messages.ts";
import { insertFiring, openWait } from "../../../src/store/waits.ts";
import { freshDatabase } from "../../services/postgres.ts";

const openers = {
  postgres: async () => {
    const { url, drop } = await freshDatabase();
    return { db: await openDatabase({ url, dataDir: "unused" }), remove: drop };
  },
  pglite: async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "nave-flow-versions-"));
    return {
      db: await openDatabase({ url: undefined, dataDir }),
      remove: () => rm(dataDir, { recursive: true, force: true }),
    };
  },
};

const flow = (name: string, version: string, more: Partial<FlowToDeploy> = {}): FlowToDeploy => ({
  flow: name,
  version,
  state: "live",
  tab: `${name}-tab`,
  nodes: [{ id: `${name}-tab`, type: "tab", label: name }],
  difference: null,
  ...more,
});
const difference = {
  behaves: true,
  added: [],
  removed: [],
  changed: [],
  wired: [],
  unwired: [],
  redrawn: [{ id: "n1", type: "merge" }],
};

describe.each(["postgres", "pglite"] as const)("flow versions in %s", (engine) => {
  let db: Database;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    ({ db, remove } = await openers[engine]());
    await migrate(db);
  });
  afterAll(async () => {
    await db.close();
    await remove();
  });

  const deploy = (after: number, flows: FlowToDeploy[], more: Partial<NewEpoch> = {}) =>
    recordEpoch(db, { after, author: "ann", comment: null, origin: "editor", flows, ...more });

  async function accept(entity: string): Promise<string> {
    const id = randomUUID();
    const nothing = { native: null, fingerprint: null, lockToken: null, modifiedAt: null, error: null };
    const message: NewMessage = {
      ...nothing,
      id,
      kind: "observed",
      entity,
      system: "crm",
      localId: id,
      canonicalId: null,
      observationNumber: 1,
      body: {},
      deleted: false,
      state: "accepted",
      correlationId: id,
      causationId: null,
    };
    await insertMessages(db, [message], false);
    return id;
  }
  const stateIs = (id: string, state: string) =>
    db.query("update nave.message set state = $2 where id = $1", [id, state]);
  const epochOf = async (id: string) => (await readMessage(db, id))?.epoch;

  test("the first epoch, its flows, and what a version consists of", async () => {
    expect(await readNewestEpoch(db)).toBeUndefined();
    expect(await selectVersionsInUse(db)).toEqual({ pinned: [], goingOn: [] });
    const early = await accept("customer");
    expect(await epochOf(early)).toBeNull();
    await stateIs(early, "settled");
    const flows = [flow("b", "b1", { state: "draft" }), flow("a", "a1")];
    expect(await deploy(0, flows, { comment: "begin" })).toEqual({ recorded: 1 });
    expect(await readNewestEpoch(db)).toMatchObject({
      number: 1,
      author: "ann",
      comment: "begin",
      origin: "editor",
    });
    expect(await readEpoch(db, 1)).toEqual(await readNewestEpoch(db));
    expect(await selectDeployments(db, 1)).toEqual([
      { flow: "a", version: "a1", state: "live" },
      { flow: "b", version: "b1", state: "draft" },
    ]);
    expect(await readFlowVersion(db, "a", "a1")).toEqual({ tab: "a-tab", nodes: flows[1]?.nodes });
    expect(await readFlowVersion(db, "a", "other")).toBeUndefined();
    expect(await readEpoch(db, 2)).toBeUndefined();
  });

  test("of two deploys on the same epoch the second records nothing and hears of the first", async () => {
    const both = await Promise.all([
      deploy(1, [flow("a", "a2")], { author: "ann" }),
      deploy(1, [flow("a", "a3")], { author: "bob" }),
    ]);
    const [first] = both.filter((one) => "recorded" in one);
    const [second] = both.filter((one) => "newest" in one);
    expect(first).toEqual({ recorded: 2 });
    const newest = await readNewestEpoch(db);
    expect(second).toEqual({ newest });
    expect(await selectDeployments(db, 2)).toHaveLength(1);
    expect(await deploy(1, [flow("a", "a4")])).toEqual({ newest });
    expect(await deploy(7, [flow("a", "a4")])).toEqual({ newest });
    expect(await readFlowVersion(db, "a", "a4")).toBeUndefined();
  });

  test("where the folders cannot be written, nothing is recorded", async () => {
    const epoch: NewEpoch = { after: 2, author: null, comment: null, origin: "files", flows: [] };
    const failing = recordEpoch(db, epoch, async () => {
      throw new Error("no space left");
    });
    await expect(failing).rejects.toThrow("no space left");
    expect((await readNewestEpoch(db))?.number).toBe(2);
  });

  test("the history of a flow tells the deploys that changed it, its removal included", async () => {
    await deploy(2, [flow("c", "c1"), flow("d", "d1")]);
    await deploy(3, [flow("c", "c1"), flow("d", "d2")]);
    await deploy(4, [flow("c", "c2", { difference }), flow("d", "d2")], { author: "bob" });
    await deploy(5, [flow("d", "d2")]);
    expect(await selectFlowHistory(db, "c", { limit: 10 })).toMatchObject([
      { number: 6, version: null, state: null },
      { number: 5, version: "c2", state: "live", author: "bob", difference },
      { number: 3, version: "c1", difference: null },
    ]);
    expect(await selectFlowHistory(db, "c", { limit: 1 })).toHaveLength(1);
    expect(await selectFlowHistory(db, "nobody", { limit: 10 })).toEqual([]);
  });

  test("what is in use: each epoch and entity with something unsettled, each version at which something goes on or waits", async () => {
    const old = [await accept("customer"), await accept("customer"), await accept("order")];
    await deploy(6, [flow("d", "d3")]);
    await accept("customer");
    const place = { flow: "d", flowVersion: "d1", node: "n1" };
    const nobody = { entity: null, canonicalId: null, causationId: null };
    const resumed = { id: randomUUID(), correlationId: randomUUID(), output: 0, body: {} };
    await insertResumed(db, { ...nobody, ...resumed, ...place });
    const wait = { ...place, flowVersion: "d2", key: "k", data: { where: "w" }, causeId: null };
    const correlationId = randomUUID();
    await openWait(db, { ...wait, id: randomUUID(), kind: "collect", correlationId });
    await openWait(db, { ...wait, id: randomUUID(), kind: "deadline", key: "l", correlationId });
    const firing = { ...wait, flowVersion: "d0", node: "s", id: randomUUID(), correlationId };
    await insertFiring(db, { ...firing, kind: "schedule" }, new Date());
    expect(await selectVersionsInUse(db)).toEqual({
      pinned: [
        { epoch: 6, entity: "customer" },
        { epoch: 6, entity: "order" },
        { epoch: 7, entity: "customer" },
      ],
      goingOn: [
        { flow: "d", version: "d1" },
        { flow: "d", version: "d2" },
      ],
    });
    await stateIs(old[0] ?? "", "settled");
    await stateIs(old[1] ?? "", "parked");
    await stateIs(old[2] ?? "", "waiting");
    await db.query("update nave.wait set state = 'done'");
    await stateIs(resumed.id, "settled");
    expect(await selectVersionsInUse(db)).toEqual({
      pinned: [
        { epoch: 6, entity: "order" },
        { epoch: 7, entity: "customer" },
      ],
      goingOn: [],
    });
  });

  test("a message that is pinned anew belongs to the newest flows, wherever it goes on", async () => {
    const id = await accept("customer");
    const resumed = { id: randomUUID(), flow: "d", flowVersion: "d1", node: "n1", output: 0, body: {} };
    const nobody = { entity: null, canonicalId: null, causationId: null };
    await insertResumed(db, { ...nobody, ...resumed, correlationId: resumed.id });
    const gone = { ...resumed, id: randomUUID(), flow: "gone", flowVersion: "g1" };
    await insertResumed(db, { ...nobody, ...gone, correlationId: gone.id });
    await deploy(7, [flow("d", "d4")]);
    expect(await epochOf(id)).toBe(7);
    await repinMessages(db, [id, resumed.id, gone.id]);
    expect(await epochOf(id)).toBe(8);
    expect(await readMessage(db, resumed.id)).toMatchObject({ epoch: null, flowVersion: "d4" });
    expect(await readMessage(db, gone.id)).toMatchObject({ epoch: null, flowVersion: "g1" });
  });
});
