import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { MappingFunctions } from "../../../src/adapter-kit/converters.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import { compileMapping } from "../../../src/mapping/compile.ts";
import type { Mapping } from "../../../src/mapping/types.ts";

/** Compiles rules for system `erp`, given as YAML below `entity` and `native`. */
export function mappingOf(
  yaml: string,
  options: { entity?: string; functions?: MappingFunctions; settings?: JsonObject } = {},
): Mapping {
  const { entity = "customer", ...rest } = options;
  const source = `entity: ${entity}\nnative: thing\n${yaml}`;
  return compileMapping(source, {
    system: "erp",
    type: loadModel().entity(entity),
    file: "test.yaml",
    ...rest,
  });
}
