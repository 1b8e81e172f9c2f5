import { describe, expect, test } from "vitest";
import { type Bed, signal, writtenIds } from "./bed.ts";
import { failureOf } from "./failures.ts";
import { when } from "./given.ts";

/** What lets a reconciliation leave most bodies unread; only of adapters that can list versions cheaply. */
export function versionPromises(bed: Bed): void {
  const first = bed.entities[0] ?? "";

  test("versions are listed by the adapters that say so", () => {
    expect("versions" in bed.spoke).toBe(bed.harness.listsVersions === true);
  });
  if (bed.harness.listsVersions !== true) return;

  describe("versions", () => {
    test("name every live record once, with the lock token that reading it gives", async () => {
      const ids = await bed.started.far.seed(first, await bed.samples(first, bed.harness.many ?? 450));
      const [gone = ""] = ids.splice(0, 1);
      await bed.started.far.remove(first, gone);
      const [archived = ""] = writtenIds(await bed.create(first, [await bed.sample(first)]));
      const { native: held } = await bed.readOne(first, archived);
      const kind = bed.capability(first).remove === "delete" ? "delete" : "archive";
      if (bed.capability(first).remove !== "none")
        await bed.spoke.write(first, [{ kind, localId: archived, held }], signal());
      const listed = await versionsOf(bed, first);
      const tokens = new Map(listed.map(({ localId, lockToken }) => [localId, lockToken]));
      expect(tokens.size).toBe(listed.length);
      expect(ids.filter((id) => !tokens.has(id))).toEqual([]);
      expect(tokens.has(gone)).toBe(false);
      expect(tokens.has(archived)).toBe(bed.capability(first).remove === "none");
      const [some = ""] = ids;
      expect(tokens.get(some)).toBe((await bed.readOne(first, some)).lockToken);
    });

    test("show another token once a record was edited, and the same one while nothing happens", async () => {
      const edited = await bed.insert(first);
      const still = await bed.insert(first);
      const before = await tokensOf(bed, first);
      const change = bed.harness.change(first, bed.nextNumber());
      if (change) await bed.started.far.edit(first, edited, change);
      const after = await tokensOf(bed, first);
      expect(after.get(still)).toBe(before.get(still));
      expect(after.get(edited) === before.get(edited)).toBe(change === undefined);
    });

    when(bed, "emptyPageNext")("a page that is empty by mistake is not the end of the list", async () => {
      await bed.insert(first);
      await bed.misbehave({ emptyPageNext: 1 });
      expect((await failureOf(versionsOf(bed, first))).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
    });
  });
}

async function versionsOf(bed: Bed, entity: string): Promise<{ localId: string; lockToken: string }[]> {
  const pages = bed.spoke.versions?.(entity, signal()) ?? [];
  const all: { localId: string; lockToken: string }[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

async function tokensOf(bed: Bed, entity: string): Promise<Map<string, string>> {
  const all = await versionsOf(bed, entity);
  return new Map(all.map(({ localId, lockToken }) => [localId, lockToken]));
}
