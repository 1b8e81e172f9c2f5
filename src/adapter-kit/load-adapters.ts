import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { NaveError } from "../errors.ts";
import type { Connect, Manifest } from "./contract.ts";
import type { MappingFunctions } from "./converters/converter.ts";
import { loadManifest } from "./load-manifest.ts";

export type Adapter = {
  name: string;
  /** Absolute path of the adapter's folder; its mappings lie in `mappings/` below. */
  folder: string;
  manifest: Manifest;
  connect: Connect;
  /** Named pairs of the adapter's `functions.ts`, for its mappings. */
  functions: MappingFunctions;
};

/**
 * Finds every adapter below the given folders (each holds adapter folders) by its `adapter.yaml`. Throws
 * NAVE_CONFIG_INVALID for a wrong manifest, a name that is not the folder's, a missing `connect`, or the same name twice.
 *
 * @param wanted  Names of the adapters to load; the others' code is not imported.
 */
export async function loadAdapters(
  folders: readonly string[],
  wanted?: ReadonlySet<string>,
): Promise<Map<string, Adapter>> {
  const adapters = new Map<string, Adapter>();
  const available = folders.flatMap(adapterFolders);
  for (const folder of available.filter((path) => wanted?.has(basename(path)) ?? true)) {
    const adapter = await loadAdapter(folder);
    const other = adapters.get(adapter.name);
    if (other) {
      throw new NaveError(
        "NAVE_CONFIG_INVALID",
        `Adapter "${adapter.name}" is in ${other.folder} and in ${folder}`,
      );
    }
    adapters.set(adapter.name, adapter);
  }
  return adapters;
}

/** Reads the manifest and imports the code of one adapter. */
export async function loadAdapter(folder: string): Promise<Adapter> {
  const manifest = loadManifest(folder);
  if (manifest.name !== basename(folder)) {
    throw new NaveError("NAVE_CONFIG_INVALID", `${folder}/adapter.yaml: name is "${manifest.name}"`, {
      accepts: `the folder's name, ${basename(folder)}`,
    });
  }
  const module = (await import(pathToFileURL(join(folder, "index.ts")).href)) as { connect?: unknown };
  if (typeof module.connect !== "function") {
    throw new NaveError("NAVE_CONFIG_INVALID", `${folder}/index.ts does not export a function "connect"`);
  }
  const functions = await loadFunctions(folder);
  return { name: manifest.name, folder, manifest, connect: module.connect as Connect, functions };
}

async function loadFunctions(folder: string): Promise<MappingFunctions> {
  const file = join(folder, "functions.ts");
  if (!existsSync(file)) return {};
  const module = (await import(pathToFileURL(file).href)) as { functions?: MappingFunctions };
  if (module.functions) return module.functions;
  throw new NaveError("NAVE_CONFIG_INVALID", `${file} does not export "functions"`);
}

/** Names of the adapters that these folders hold. */
export function adapterNames(folders: readonly string[]): string[] {
  return folders.flatMap(adapterFolders).map((folder) => basename(folder));
}

function adapterFolders(parent: string): string[] {
  const folder = resolve(parent);
  if (!existsSync(folder))
    throw new NaveError("NAVE_CONFIG_INVALID", `The adapter folder ${folder} does not exist`);
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below
    .map((entry) => join(folder, entry.name))
    .filter((path) => existsSync(join(path, "adapter.yaml")));
}
