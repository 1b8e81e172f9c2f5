import type { Connect, Spoke } from "../../src/adapter-kit/index.ts";
import { crmClient } from "./client.ts";
import { readHook } from "./hook.ts";
import { findByProbe, readRecords } from "./read.ts";
import { listVersions, scanChanges } from "./scan.ts";
import { writeRecords } from "./write.ts";

/** Connects a Sandbox CRM: REST and JSON, bearer tokens, pages by cursor, ETags as lock tokens. */
export const connect: Connect = async ({ settings, manifest }) => {
  const client = crmClient(settings, manifest);
  const spoke: Spoke = {
    changes: (entity, request) => scanChanges(client, entity, request),
    read: (entity, localIds, signal) => readRecords(client, entity, localIds, signal),
    write: (entity, requests, signal) => writeRecords(client, entity, requests, signal),
    findByProbe: (entity, probeKeys, signal) => findByProbe(client, entity, probeKeys, signal),
    versions: (entity, signal) => listVersions(client, entity, signal),
    hook: async (request) => readHook(request, settings, manifest),
    health: async (signal) => {
      const status = await client.get("/api/v1/status", {}, signal);
      return status.json() as { version: string; now: string; generation: string };
    },
    close: async () => {},
  };
  return spoke;
};
