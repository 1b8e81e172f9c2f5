import type { Connect, Spoke } from "../../src/adapter-kit/index.ts";
import { erpClient } from "./client.ts";
import { callOperation } from "./operations.ts";
import { findByProbe, readRecords } from "./read.ts";
import { listVersions, scanChanges } from "./scan.ts";
import { writeRecords } from "./write.ts";

/** Connects a Sandbox ERP: SOAP by its WSDL, a session in the header, pages in order of the stamps, lock versions. */
export const connect: Connect = async ({ settings, manifest }) => {
  const client = await erpClient(settings, manifest);
  const spoke: Spoke = {
    changes: (entity, request) => scanChanges(client, entity, request),
    read: (entity, localIds, signal) => readRecords(client, entity, localIds, signal),
    write: (entity, requests, signal) => writeRecords(client, entity, requests, signal),
    findByProbe: (entity, probeKeys, signal) => findByProbe(client, entity, probeKeys, signal),
    versions: (entity, signal) => listVersions(client, entity, signal),
    call: (operation, request) => callOperation(client, operation, request),
    health: async (signal) => {
      const { Version, ServerTime, Generation } = await client.ask("Ping", {}, signal);
      return { version: Version as string, now: ServerTime as string, generation: Generation as string };
    },
    close: async () => {},
  };
  return spoke;
};
