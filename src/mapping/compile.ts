import type { JsonObject } from "../adapter-kit/contract.ts";
import type { MappingFunctions } from "../adapter-kit/converters/converter.ts";
import { shapeOfType } from "../canonical/model.ts";
import { shapeAt } from "../canonical/shape.ts";
import type { EntityType, Problem } from "../canonical/types.ts";
import { compileScope } from "./compile-scope.ts";
import { compileCoverage } from "./coverage.ts";
import { fieldTable } from "./field-table.ts";
import { type MappingSource, readMapping } from "./read-mapping.ts";
import { resolveSettings } from "./settings.ts";
import type { Mapping, NativeProblem } from "./types.ts";

export type MappingContext = {
  /** Name of the connected system: local ids and the extension bag belong to it. */
  system: string;
  /** The canonical type, for its paths and the keys of its lists; from `loadModel`. */
  type: EntityType;
  /** The adapter's own `functions.ts`. */
  functions?: MappingFunctions;
  /** The system's settings, for values written as `{ setting: name }`. */
  settings?: JsonObject;
  /** As errors shall name it. */
  file: string;
};

/**
 * Compiles a mapping file into closures. Throws NAVE_CONFIG_INVALID that lists every mistake with file, line and key.
 *
 * @see docs/mapping.md
 */
export function compileMapping(source: MappingSource, context: MappingContext): Mapping {
  const { definition: written, faults } = readMapping(source, context.file);
  const definition = resolveSettings(written, context.settings ?? {}, faults);
  if (definition.entity !== context.type.name)
    faults.add(["entity"], `${definition.entity} is not the type to be mapped`, context.type.name);
  const shape = shapeOfType(context.type);
  const scope = compileScope(
    definition,
    {
      system: context.system,
      codes: definition.codes ?? {},
      functions: context.functions ?? {},
      empty: definition.empty ?? null,
      faults,
      entity: definition.entity,
      listKey: (path) => context.type.listKey(path),
      hasPath: (path) => shapeAt(shape, path) !== undefined,
    },
    { at: [], canonical: "" },
  );
  faults.throwIfAny();
  return {
    entity: definition.entity,
    native: definition.native,
    toCanonical(native) {
      const body: JsonObject = {};
      const problems: NativeProblem[] = [];
      scope.read(native, body, problems);
      return { body, problems };
    },
    fromCanonical(body, held) {
      const native: JsonObject = held === undefined ? {} : { ...held };
      const problems: Problem[] = [];
      scope.write(body, native, held, problems);
      return { native, problems };
    },
    ...compileCoverage(definition, context.system, context.functions ?? {}),
    fields: fieldTable(definition),
  };
}
