import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NaveError } from "../errors.ts";
import { compileMapping, type MappingContext } from "./compile.ts";
import type { Mapping } from "./types.ts";

/**
 * Reads and compiles `<adapter folder>/mappings/<name>.yaml`.
 *
 * @param name As the manifest's entity names it, without ending.
 */
export function loadMapping(
  adapterFolder: string,
  name: string,
  context: Omit<MappingContext, "file">,
): Mapping {
  const file = mappingFile(adapterFolder, name);
  return compileMapping(readText(file), { ...context, file });
}

function mappingFile(adapterFolder: string, name: string): string {
  return join(adapterFolder, "mappings", `${name}.yaml`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new NaveError("NAVE_CONFIG_INVALID", `${file} cannot be read`, {}, cause);
  }
}
