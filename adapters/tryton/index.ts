import {
  type Connect,
  type Manifest,
  NaveError,
  outcomeOfError,
  type Spoke,
} from "../../src/adapter-kit/index.ts";
import { trytonClient } from "./client.ts";
import { openDirectory } from "./directory.ts";
import { openEntities } from "./entities.ts";
import { callOperation } from "./operations.ts";
import { scanChanges } from "./scan.ts";
import type { Settings } from "./settings.ts";
import type { Entity } from "./source.ts";
import { writeRecords } from "./write.ts";

/** Connects a Tryton 6.0. Nothing is sent before the first use; what the adapter needs to know of the company is read then. */
export const connect: Connect = async (context) => {
  const { manifest } = context;
  const settings = context.settings as Settings;
  const client = trytonClient({
    ...settings,
    language: settings.language ?? "en",
    timeoutMs: manifest.limits.timeoutMs,
  });
  const { call } = client;
  const directory = openDirectory(call);
  const entities = onFirstUse(() => openEntities(client, directory, settings));
  const entity = async (name: string) => entityOf(await entities(), name, manifest);

  const spoke: Spoke = {
    async *changes(name, request) {
      const { source } = await entity(name);
      yield* scanChanges(call, source, request, manifest.limits.overlapMs);
    },
    read: async (name, localIds, signal) => (await entity(name)).source.read(localIds, signal),
    async write(name, requests, signal) {
      let opened: Entity;
      try {
        opened = await entity(name);
      } catch (error) {
        const outcome = outcomeOfError(error);
        return requests.map(() => outcome);
      }
      const { source, sink } = opened;
      if (!sink) throw new NaveError("NAVE_NOT_SUPPORTED", `Tryton's ${name} is read only`);
      return writeRecords(call, { source, sink }, requests, signal);
    },
    async findByProbe(name, probeKeys, signal) {
      const { source } = await entity(name);
      if (!source.findByProbe)
        throw new NaveError("NAVE_NOT_SUPPORTED", `No probe field is declared for ${name}`);
      if (probeKeys.length === 0) return [];
      const found = await source.findByProbe(probeKeys, signal);
      const observations = await source.read([...new Set(found.map(({ localId }) => localId))], signal);
      return found.flatMap(({ probeKey, localId }) =>
        observations
          .filter((one) => one.localId === localId)
          .map((observation) => ({ probeKey, observation })),
      );
    },
    call: (operation, request) => callOperation(call, operation, request),
    async health(signal) {
      const version = await client.version(signal);
      await client.context();
      return { version };
    },
    close: () => client.logout(),
  };
  return spoke;
};

function entityOf(entities: Record<string, Entity>, name: string, manifest: Manifest): Entity {
  const found = entities[name];
  if (found) return found;
  throw new NaveError("NAVE_NOT_SUPPORTED", `Tryton has no ${name}`, {
    accepts: Object.keys(manifest.entities).join(", "),
  });
}

/** One attempt serves all who wait for it; a failed one is made again by the next caller. */
function onFirstUse<Value>(open: () => Promise<Value>): () => Promise<Value> {
  let opened: Promise<Value> | undefined;
  return () => {
    if (opened) return opened;
    const opening = open();
    opened = opening;
    opening.catch(() => {
      opened = undefined;
    });
    return opening;
  };
}
