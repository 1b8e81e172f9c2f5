import { createRequire } from "node:module";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { FormatsPlugin } from "ajv-formats";
import type { Log } from "../adapter-kit/contract.ts";
import { type Adapter, adapterNames, loadAdapters } from "../adapter-kit/load-adapters.ts";
import { shapeOfType } from "../canonical/model.ts";
import type { Model } from "../canonical/types.ts";
import type { Config, SystemConfig } from "../config/types.ts";
import { NaveError } from "../errors.ts";
import { loadMapping } from "../mapping/load-mapping.ts";
import type { Mapping } from "../mapping/types.ts";
import type { Database } from "../store/database.ts";
import { tracedSpoke } from "../telemetry/traces/traced-spoke.ts";
import type { Traces } from "../telemetry/traces/traces.ts";
import { ConnectedSystem } from "./connected-system.ts";

// ajv-formats is CommonJS with a default export that Node and TypeScript see differently; require gives both the same.
const addFormats = createRequire(import.meta.url)("ajv-formats") as FormatsPlugin;

/**
 * Connects every configured system through its adapter.
 *
 * @throws NAVE_CONFIG_INVALID for an unknown adapter, an entity it does not offer, or wrong settings; names the key.
 */
export async function connectSystems(
  config: Config,
  model: Model,
  db: Database,
  log: Log,
  traces?: Traces,
): Promise<Map<string, ConnectedSystem>> {
  const wanted = new Set(Object.values(config.systems).map((system) => system.adapter));
  const adapters = await loadAdapters(config.hub.adapterDirs, wanted);
  const systems = new Map<string, ConnectedSystem>();
  for (const system of Object.values(config.systems)) {
    const around = { folders: config.hub.adapterDirs, model, db, log, traces };
    systems.set(system.name, await connectSystem(system, adapters, around));
  }
  return systems;
}

async function connectSystem(
  config: SystemConfig,
  adapters: ReadonlyMap<string, Adapter>,
  around: { folders: readonly string[]; model: Model; db: Database; log: Log; traces: Traces | undefined },
): Promise<ConnectedSystem> {
  const { folders, model, db, log, traces } = around;
  const adapter = adapters.get(config.adapter);
  if (!adapter) {
    throw new NaveError("NAVE_CONFIG_INVALID", `systems.${config.name}.adapter is "${config.adapter}"`, {
      accepts: adapterNames(folders).join(", "),
    });
  }
  checkEntities(config, adapter, model);
  checkNames(adapter, model);
  checkSettings(config, adapter);
  const mappings = new Map<string, Mapping>();
  for (const entity of Object.keys(config.entities)) {
    const { mapping = entity } = adapter.manifest.entities[entity] ?? {};
    mappings.set(
      entity,
      loadMapping(adapter.folder, mapping, mappingContext(config, adapter, model, entity)),
    );
  }
  const manifest = { ...adapter.manifest, limits: { ...adapter.manifest.limits, ...config.limits } };
  const connected = await adapter.connect({ system: config.name, settings: config.settings, manifest, log });
  const spoke = traces ? tracedSpoke(connected, config.name, traces) : connected;
  return new ConnectedSystem({ config, manifest, spoke, mappings, db, log });
}

function mappingContext(config: SystemConfig, adapter: Adapter, model: Model, entity: string) {
  return {
    system: config.name,
    type: model.entity(entity),
    settings: config.settings,
    functions: adapter.functions,
  };
}

function checkEntities(config: SystemConfig, adapter: Adapter, model: Model): void {
  for (const [entity, direction] of Object.entries(config.entities)) {
    const key = `systems.${config.name}.entities.${entity}`;
    model.entity(entity);
    const capability = adapter.manifest.entities[entity];
    if (!capability) {
      throw new NaveError(
        "NAVE_CONFIG_INVALID",
        `${key}: the adapter ${adapter.name} does not offer ${entity}`,
        {
          accepts: Object.keys(adapter.manifest.entities).join(", "),
        },
      );
    }
    if (direction.take && !capability.read)
      throw new NaveError("NAVE_CONFIG_INVALID", `${key}.take: ${adapter.name} cannot read ${entity}`);
    if (direction.give && !capability.create && !capability.update) {
      throw new NaveError("NAVE_CONFIG_INVALID", `${key}.give: ${adapter.name} cannot write ${entity}`);
    }
  }
}

/** A system either has records of an entity or names them by a value of ours. */
function checkNames({ manifest }: Adapter, model: Model): void {
  for (const [entity, field] of Object.entries(manifest.namedBy)) {
    const key = `${manifest.name}/adapter.yaml: namedBy.${entity}`;
    if (manifest.entities[entity])
      throw new NaveError("NAVE_CONFIG_INVALID", `${key}: ${entity} stands under entities too`);
    if (shapeOfType(model.entity(entity)).properties.has(field)) continue;
    throw new NaveError("NAVE_CONFIG_INVALID", `${key}: ${entity} has no field "${field}"`);
  }
}

function checkSettings(config: SystemConfig, adapter: Adapter): void {
  const ajv = new Ajv2020({ strict: false, coerceTypes: true, useDefaults: true });
  addFormats(ajv, ["uri", "date", "date-time", "email"]);
  const validate = ajv.compile(adapter.manifest.settings);
  if (validate(config.settings)) return;
  const [error] = validate.errors ?? [];
  const key = `systems.${config.name}.settings${error?.instancePath.replaceAll("/", ".") ?? ""}`;
  const name = error?.params["missingProperty"] ?? error?.params["additionalProperty"] ?? "";
  throw new NaveError("NAVE_CONFIG_INVALID", `${key} ${error?.message ?? "is wrong"} ${name}`.trim(), {
    field: key,
    accepts: Object.keys((adapter.manifest.settings["properties"] as object | undefined) ?? {}).join(", "),
  });
}
