import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Bed, idsOf, scan, signal } from "./bed.ts";
import { failureOf } from "./failures.ts";
import { given, when } from "./given.ts";

/** Nothing is missed: pages, checkpoints, overlap, stamps that lie. */
export function scanPromises(bed: Bed): void {
  const first = bed.entities[0] ?? "";
  const many = bed.harness.many ?? 450;

  test("a full scan lists every record once, over several pages; cut off after any and taken up again it misses nothing", async () => {
    const ids = await bed.started.far.seed(first, await bed.samples(first, many));
    const { observations, pages } = await scan(bed.spoke, first, undefined, true);
    const listed = idsOf(observations);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(ids));
    expect(bed.harness.shared === true || listed.length === ids.length).toBe(true);
    expect(pages.length).toBeGreaterThan(1);
    for (const [index] of pages.entries()) {
      const done = pages.slice(0, index + 1);
      const checkpoint = done.findLast((page) => page.checkpoint)?.checkpoint;
      if (!checkpoint) continue;
      const rest = await scan(bed.spoke, first, checkpoint);
      const seen = new Set(idsOf([...done.flatMap((page) => page.observations), ...rest.observations]));
      expect(ids.filter((id) => !seen.has(id))).toEqual([]);
    }
  });

  test("reads the named records in one go, and leaves out those that do not exist", async () => {
    const ids = [await bed.insert(first), await bed.insert(first)];
    const missing = await bed.insert(first);
    await bed.started.far.remove(first, missing);
    const observations = await bed.spoke.read(first, [...ids, missing], signal());
    const there = observations.filter(({ deleted }) => deleted !== true);
    expect(idsOf(there).toSorted()).toEqual(ids.toSorted());
    expect(await bed.spoke.read(first, [], signal())).toEqual([]);
  });

  test("an aborted scan ends", async () => {
    await bed.insert(first);
    const request = { full: true, signal: AbortSignal.abort() };
    const walk = async () => {
      for await (const page of bed.spoke.changes(first, request)) expect(page).toBeUndefined();
    };
    expect((await failureOf(walk())).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
  });

  describe.each(bed.entities.filter((entity) => bed.capability(entity).read))("changes of %s", (entity) => {
    test("show what was inserted and edited since the checkpoint", async () => {
      const before = await bed.insert(entity);
      const { checkpoint } = await scan(bed.spoke, entity);
      const inserted = await bed.insert(entity);
      const change = bed.harness.change(entity, bed.nextNumber());
      if (change) await bed.started.far.edit(entity, before, change);
      const { observations } = await scan(bed.spoke, entity, checkpoint);
      expect(idsOf(observations)).toContain(inserted);
      if (!change) return;
      const edited = observations.find(({ localId }) => localId === before);
      expect(edited?.native).toMatchObject(change);
    });

    test("tell a removed record as the manifest says", async () => {
      const id = await bed.insert(entity);
      const { checkpoint } = await scan(bed.spoke, entity);
      await bed.started.far.remove(entity, id);
      const { observations } = await scan(bed.spoke, entity, checkpoint);
      const reported = observations.filter(({ localId, deleted }) => localId === id && deleted === true);
      expect(reported).toHaveLength(bed.capability(entity).deletes === "reported" ? 1 : 0);
      const full = await scan(bed.spoke, entity, undefined, true);
      const there = full.observations.filter(({ deleted }) => deleted !== true);
      expect(idsOf(there)).not.toContain(id);
    });
  });

  when(bed, "frozenStamp")("records that share one stamp with the checkpoint are not missed", async () => {
    await bed.misbehave({ frozenStamp: new Date().toISOString() });
    await bed.insert(first);
    const { checkpoint } = await scan(bed.spoke, first);
    const ids = [await bed.insert(first), await bed.insert(first)];
    const { observations } = await scan(bed.spoke, first, checkpoint);
    expect(idsOf(observations)).toEqual(expect.arrayContaining(ids));
  });

  when(bed, "lateCommitMs")("a record committed late, below the mark, is found by the overlap", async () => {
    const body = await bed.sample(first);
    const later = await bed.sample(first);
    await bed.misbehave({ lateCommitMs: 2500 });
    const late = bed.started.far.insert(first, body);
    await sleep(20);
    await bed.misbehave({ lateCommitMs: 0 });
    await sleep(1100);
    const early = await bed.started.far.insert(first, later);
    const passed = await scan(bed.spoke, first);
    expect(idsOf(passed.observations)).toContain(early);
    const id = await late;
    expect(idsOf(passed.observations)).not.toContain(id);
    const { observations } = await scan(bed.spoke, first, passed.checkpoint);
    expect(idsOf(observations)).toContain(id);
  });

  when(bed, "modifiedEmptyUntilUpdate")(
    "a record that was never updated has no `modified`, and is found",
    async () => {
      await bed.misbehave({ modifiedEmptyUntilUpdate: true });
      const { checkpoint } = await scan(bed.spoke, first);
      const id = await bed.insert(first);
      expect(idsOf((await scan(bed.spoke, first, checkpoint)).observations)).toContain(id);
    },
  );

  when(bed, "stampPrecisionMs")("stamps cut to the minute hide nothing within the overlap", async () => {
    await bed.misbehave({ stampPrecisionMs: 60_000 });
    await bed.insert(first);
    const { checkpoint } = await scan(bed.spoke, first);
    const id = await bed.insert(first);
    expect(idsOf((await scan(bed.spoke, first, checkpoint)).observations)).toContain(id);
  });

  when(bed, "clockSkewMs")("a clock ahead of ours makes no difference", async () => {
    await bed.misbehave({ clockSkewMs: 90_000 });
    await bed.insert(first);
    const { checkpoint } = await scan(bed.spoke, first);
    await bed.misbehave({ clockSkewMs: 91_000 });
    const id = await bed.insert(first);
    expect(idsOf((await scan(bed.spoke, first, checkpoint)).observations)).toContain(id);
  });

  when(bed, "emptyPageNext")(
    "a page that is empty by mistake aborts the scan and moves no checkpoint",
    async () => {
      await bed.insert(first);
      await bed.misbehave({ emptyPageNext: 1 });
      const pages: unknown[] = [];
      const walk = async () => {
        for await (const page of bed.spoke.changes(first, { full: true, signal: signal() })) pages.push(page);
      };
      expect((await failureOf(walk())).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
      expect(pages).toEqual([]);
    },
  );

  when(bed, "notFoundForEmptyList")("an empty list that comes as 404 is an empty list", async () => {
    await bed.misbehave({ notFoundForEmptyList: true });
    expect((await scan(bed.spoke, first, undefined, true)).observations).toEqual([]);
    expect(await bed.spoke.read(first, ["none-such"], signal())).toEqual([]);
  });

  const child = bed.harness.childChange?.(first, 1);
  given(bed.has("silentChildChanges") && child)(
    "a child changed without its parent's stamp is found by a full scan",
    async () => {
      const id = await bed.insert(first);
      const change = bed.harness.childChange?.(first, bed.nextNumber()) ?? {};
      await bed.misbehave({ silentChildChanges: true });
      await bed.started.far.edit(first, id, change);
      const { observations } = await scan(bed.spoke, first, undefined, true);
      expect(observations.find(({ localId }) => localId === id)?.native).toMatchObject(change);
    },
  );
}
