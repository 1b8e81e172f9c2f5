import { describe, expect, test } from "vitest";
import type { WriteRequest } from "../../src/adapter-kit/contract.ts";
import { type Bed, signal } from "./bed.ts";
import { given } from "./given.ts";

/** Changes to records that are there: only what differs, under the lock token. */
export function updatePromises(bed: Bed): void {
  const updatable = bed.entities.filter((entity) => {
    return bed.capability(entity).update && bed.harness.change(entity, 1) !== undefined;
  });

  describe.each(updatable)("updating %s", (entity) => {
    const change = () => bed.harness.change(entity, bed.nextNumber()) ?? {};

    test("changes the fields that differ and sends no others", async () => {
      const id = await bed.insert(entity);
      const changes = change();
      const request = await bed.updateOf(entity, id, changes);
      const before = await bed.started.far.get(entity, id);
      const sentBefore = (await bed.started.far.ledger()).length;
      const [outcome] = await bed.spoke.write(entity, [request], signal());
      expect(outcome).toMatchObject({ kind: "written", localId: id });
      const after = await bed.readOne(entity, id);
      expect(after.native).toMatchObject(changes);
      const { probe = "" } = bed.capability(entity);
      const rest = Object.keys(before ?? {}).filter((name) => !(name in changes) && name !== probe);
      const held = await bed.started.far.get(entity, id);
      for (const name of rest) expect({ [name]: held?.[name] }).toEqual({ [name]: before?.[name] });
      const sent = (await bed.started.far.ledger()).slice(sentBefore).filter(({ kind }) => kind === "update");
      for (const { fields = [] } of sent) {
        expect([...Object.keys(changes), probe]).toEqual(expect.arrayContaining(fields));
      }
    });

    const other = bed.harness.otherChange?.(entity, 1);
    given(other)("leaves alone what somebody else changed meanwhile", async () => {
      const id = await bed.insert(entity);
      const stale = await bed.readOne(entity, id);
      const edit = bed.harness.otherChange?.(entity, bed.nextNumber()) ?? {};
      await bed.started.far.edit(entity, id, edit);
      const request = await bed.updateOf(entity, id, change());
      if (request.kind !== "update") return;
      await bed.spoke.write(entity, [{ ...request, held: stale.native }], signal());
      expect((await bed.readOne(entity, id)).native).toMatchObject(edit);
    });

    given(bed.capability(entity).lockToken)(
      "under an old lock token is stale and changes nothing",
      async () => {
        const id = await bed.insert(entity);
        const request = await bed.updateOf(entity, id, change());
        const edit = change();
        await bed.started.far.edit(entity, id, edit);
        const [outcome] = await bed.spoke.write(entity, [request], signal());
        expect(outcome?.kind).toBe("stale");
        expect((await bed.readOne(entity, id)).native).toMatchObject(edit);
      },
    );

    test("that is not there any more is missing", async () => {
      const id = await bed.insert(entity);
      const request = await bed.updateOf(entity, id, change());
      await bed.started.far.remove(entity, id);
      const [outcome] = await bed.spoke.write(entity, [request], signal());
      expect(outcome?.kind).toBe("missing");
    });

    test("answers a mixed batch in order", async () => {
      const [first, gone, last] = [
        await bed.insert(entity),
        await bed.insert(entity),
        await bed.insert(entity),
      ];
      const requests = [
        await bed.updateOf(entity, first, change()),
        await bed.updateOf(entity, gone, change()),
        await bed.updateOf(entity, last, change()),
      ];
      await bed.started.far.remove(entity, gone);
      const outcomes = await bed.spoke.write(entity, requests, signal());
      expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "missing", "written"]);
    });
  });

  const removable = bed.entities.filter((entity) => bed.capability(entity).remove !== "none");
  describe.each(removable)("removing %s", (entity) => {
    test("does what the manifest declares", async () => {
      const id = await bed.insert(entity);
      const { native: held, lockToken } = await bed.readOne(entity, id);
      const kind = bed.capability(entity).remove === "delete" ? "delete" : "archive";
      const request: WriteRequest = {
        kind,
        localId: id,
        held,
        ...(lockToken !== undefined && { lockToken }),
      };
      const [outcome] = await bed.spoke.write(entity, [request], signal());
      expect(outcome).toMatchObject({ kind: "written", localId: id });
      const [seen] = await bed.spoke.read(entity, [id], signal());
      expect(seen?.deleted ?? kind === "delete").toBe(true);
    });
  });
}
