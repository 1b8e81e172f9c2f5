import { fileURLToPath } from "node:url";
import { functions } from "../../../adapters/vendure/functions.ts";
import type {
  ChangesPage,
  JsonObject,
  Log,
  Observation,
  Spoke,
  WriteOutcome,
} from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import type { Problem } from "../../../src/canonical/types.ts";
import { loadMapping } from "../../../src/mapping/load-mapping.ts";
import type { Mapping } from "../../../src/mapping/types.ts";
import type { Vendure } from "./server.ts";

const FOLDER = fileURLToPath(new URL("../../../adapters/vendure", import.meta.url));
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export type Polled = { ids: string[]; observations: Observation[]; checkpoint: JsonObject };

/** The adapter connected to a shop, with its mappings, as the hub holds them. */
export type HubSide = {
  spoke: Spoke;
  poll(entity: string, checkpoint?: JsonObject): Promise<Polled>;
  /** The record as the hub understands it, and what is wrong with it. */
  read(
    entity: string,
    localId: string,
  ): Promise<{ native: JsonObject; body: JsonObject; problems: Problem[] }>;
  /** Sends what differs between the held record and the wished body, as the delivery does. */
  wish(entity: string, localId: string, change: (body: JsonObject) => JsonObject): Promise<WriteOutcome>;
  create(entity: string, probeKey: string, body: JsonObject): Promise<WriteOutcome>;
};

export async function connectHub(
  shop: Vendure,
  options: { url?: string; timeoutMs?: number } = {},
): Promise<HubSide> {
  const { manifest, connect } = await loadAdapter(FOLDER);
  const limits = {
    ...manifest.limits,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
  const settings = {
    url: options.url ?? shop.url,
    user: shop.user,
    password: shop.password,
    slowScanMinutes: 0,
  };
  const spoke = await connect({ system: "shop", settings, manifest: { ...manifest, limits }, log: SILENT });
  const model = loadModel();
  const mappings = new Map<string, Mapping>(
    Object.keys(manifest.entities).map((entity) => [
      entity,
      loadMapping(FOLDER, entity, { system: "shop", type: model.entity(entity), functions }),
    ]),
  );
  const mappingOf = (entity: string) => mappings.get(entity) as Mapping;

  const read = async (entity: string, localId: string) => {
    const [observation] = await spoke.read(entity, [localId], AbortSignal.timeout(30_000));
    if (observation === undefined) throw new Error(`the shop has no ${entity} ${localId}`);
    const { body, problems } = mappingOf(entity).toCanonical(observation.native);
    return {
      native: observation.native,
      body,
      problems: [...problems, ...model.entity(entity).validate(body)],
    };
  };
  return {
    spoke,
    read,
    poll: async (entity, checkpoint) => {
      const request = { full: false, signal: AbortSignal.timeout(30_000), ...(checkpoint && { checkpoint }) };
      const pages: ChangesPage[] = [];
      for await (const page of spoke.changes(entity, request)) pages.push(page);
      const observations = pages.flatMap((page) => page.observations);
      return {
        ids: observations.map(({ localId }) => localId),
        observations,
        checkpoint: pages.at(-1)?.checkpoint as JsonObject,
      };
    },
    wish: async (entity, localId, change) => {
      const { native: held, body } = await read(entity, localId);
      const { native, problems } = mappingOf(entity).fromCanonical(change(body), held);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      const differs = ([name, value]: [string, unknown]) =>
        JSON.stringify(value) !== JSON.stringify(held[name]);
      const changes = Object.fromEntries(Object.entries(native).filter(differs));
      const probeKey = localId.slice(localId.indexOf("/") + 1);
      const request = { kind: "update", localId, probeKey, changes, held } as const;
      return only(await spoke.write(entity, [request], AbortSignal.timeout(30_000)));
    },
    create: async (entity, probeKey, body) => {
      const { native, problems } = mappingOf(entity).fromCanonical(body);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      return only(
        await spoke.write(entity, [{ kind: "create", probeKey, body: native }], AbortSignal.timeout(30_000)),
      );
    },
  };
}

function only(outcomes: WriteOutcome[]): WriteOutcome {
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}
