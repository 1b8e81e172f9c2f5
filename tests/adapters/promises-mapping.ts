import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { MappingFunctions } from "../../src/adapter-kit/converters.ts";
import { flatten } from "../../src/canonical/fields.ts";
import { loadModel } from "../../src/canonical/model.ts";
import type { Body } from "../../src/canonical/types.ts";
import { loadMapping } from "../../src/mapping/load-mapping.ts";
import type { Mapping } from "../../src/mapping/types.ts";
import { type Bed, writtenIds } from "./bed.ts";
import { given } from "./given.ts";

/** Native to canonical and back, with records that the system really holds. */
export function mappingPromises(bed: Bed): void {
  const model = loadModel();
  const mappingOf = async (entity: string): Promise<Mapping> => {
    const functionsFile = join(bed.folder, "functions.ts");
    const module = existsSync(functionsFile) ? await import(pathToFileURL(functionsFile).href) : {};
    const { functions } = module as { functions?: MappingFunctions };
    const context = { system: "tested", type: model.entity(entity), settings: bed.started.settings };
    return loadMapping(bed.folder, bed.capability(entity).mapping, {
      ...context,
      ...(functions && { functions }),
    });
  };

  describe.each(bed.entities)("the mapping of %s", (entity) => {
    test("reads a record without problems, and what was read changes nothing when written back", async () => {
      const mapping = await mappingOf(entity);
      const { native } = await bed.readOne(entity, await bed.insert(entity));
      const { body, problems } = mapping.toCanonical(native);
      expect(problems).toEqual([]);
      expect(model.entity(entity).validate(body)).toEqual([]);
      expect(mapping.fromCanonical(body, native)).toEqual({ native, problems: [] });
    });

    given(bed.capability(entity).create)("writes a new record that reads as the same body", async () => {
      const mapping = await mappingOf(entity);
      const { body } = mapping.toCanonical(await bed.sample(entity));
      const { native, problems } = mapping.fromCanonical(body);
      expect(problems).toEqual([]);
      const [id = ""] = writtenIds(await bed.create(entity, [native]));
      const written = mapping.toCanonical((await bed.readOne(entity, id)).native);
      // By path and key: the order of a keyed list says nothing.
      const type = model.entity(entity);
      const byPath = (one: Body) => Object.fromEntries(flatten(type, one));
      expect(byPath(written.body)).toMatchObject(byPath(body));
    });
  });
}
