import { describe, expect, test } from "vitest";
import { type Bed, signal, writtenIds } from "./bed.ts";
import { given, when } from "./given.ts";

const TRICKY = "Zoë “Ω” <&> 漢字 שלום \u{1F6B2} O’Brien e\u0301 \t end";

/** New records: outcomes in order, the probe, values kept as they are. */
export function createPromises(bed: Bed): void {
  const creatable = bed.entities.filter((entity) => bed.capability(entity).create);

  describe.each(creatable)("creating %s", (entity) => {
    test("answers each record of a batch in order, and the far side holds them", async () => {
      const bodies = await bed.samples(entity, 3);
      const ids = writtenIds(await bed.create(entity, bodies));
      expect(new Set(ids).size).toBe(3);
      const observations = await bed.spoke.read(entity, ids, signal());
      for (const [index, id] of ids.entries()) {
        expect(await bed.started.far.get(entity, id)).toBeDefined();
        const native = observations.find(({ localId }) => localId === id)?.native;
        expect(native).toMatchObject(plainFields(bodies[index] ?? {}));
      }
    });

    given(bed.capability(entity).probe)(
      "leaves the hub's key in the probe field, where it is found again, once removed as gone or not at all",
      async () => {
        const probeKey = bed.probeKey();
        const request = { kind: "create", probeKey, body: await bed.sample(entity) } as const;
        const [id] = writtenIds(await bed.spoke.write(entity, [request], signal()));
        const found = await bed.spoke.findByProbe?.(entity, [probeKey, bed.probeKey()], signal());
        expect(found?.map((hit) => [hit.probeKey, hit.observation.localId])).toEqual([[probeKey, id]]);
        await bed.started.far.remove(entity, id ?? "");
        const gone = (await bed.spoke.findByProbe?.(entity, [probeKey], signal())) ?? [];
        for (const { observation } of gone) expect(observation).toMatchObject({ localId: id, deleted: true });
      },
    );

    given(bed.harness.invalid?.(entity))("a refused record harms none of its batch", async () => {
      const [one = {}, other = {}] = await bed.samples(entity, 2);
      const outcomes = await bed.create(entity, [one, bed.harness.invalid?.(entity) ?? {}, other]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "refused", "written"]);
      expect(outcomes[1]).toMatchObject({ text: expect.stringMatching(/\S/) });
    });

    when(bed, "refuseEveryNth")("a batch that fails in part says which part", async () => {
      const bodies = await bed.samples(entity, 5);
      const before = (await bed.started.far.all(entity)).length;
      await bed.misbehave({ refuseEveryNth: 2 });
      const outcomes = await bed.create(entity, bodies);
      expect(outcomes.map(({ kind }) => kind)).toEqual([
        "written",
        "refused",
        "written",
        "refused",
        "written",
      ]);
      expect(await bed.started.far.all(entity)).toHaveLength(before + 3);
    });

    const text = bed.harness.textField?.(entity);
    given(text)("keeps text of any script as it was given", async () => {
      const body = { ...(await bed.sample(entity)), [`${text}`]: TRICKY };
      const [id = ""] = writtenIds(await bed.create(entity, [body]));
      expect((await bed.readOne(entity, id)).native[`${text}`]).toBe(TRICKY);
    });

    const money = bed.harness.moneyField?.(entity);
    given(money)("keeps amounts exactly", async () => {
      const body = await bed.sample(entity);
      const [id = ""] = writtenIds(await bed.create(entity, [body]));
      expect((await bed.readOne(entity, id)).native[`${money}`]).toEqual(body[`${money}`]);
    });
  });

  const unique = creatable.filter((entity) => bed.harness.unique?.includes(entity));
  const forms = bed.has("duplicateAs")
    ? (["conflict", "html-500", "ok-with-error", "candidates"] as const)
    : ([undefined] as const);
  describe.each(unique)("a second %s with the same natural key", (entity) => {
    test.each(forms)("is a duplicate naming its candidates (reported as %s)", async (form) => {
      const body = await bed.sample(entity);
      const [id] = writtenIds(await bed.create(entity, [body]));
      if (form) await bed.misbehave({ duplicateAs: form });
      const [outcome] = await bed.create(entity, [body]);
      expect(outcome).toMatchObject({ kind: "duplicate", candidates: [id] });
    });
  });

  when(bed, "nameLimit")("a name that the system cuts shows in the outcome", async () => {
    const entity = creatable.find((name) => bed.harness.textField?.(name)) ?? "";
    await bed.misbehave({ nameLimit: 30 });
    const [outcome] = await bed.create(entity, [await bed.sample(entity)]);
    if (outcome?.kind !== "written") throw new Error(JSON.stringify(outcome));
    const { native } = await bed.readOne(entity, outcome.localId);
    expect(outcome.observation?.native ?? native).toEqual(native);
  });
}

/** Properties that are no lists or objects: a system adds ids of its own to those. */
function plainFields(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value !== "object"));
}
