import type { Connect, Spoke } from "../../src/adapter-kit/index.ts";
import { readRecords, scanChanges } from "./scan.ts";
import { Supplier } from "./supplier.ts";
import { findByProbe, writeRecords } from "./write.ts";

/** Connects a supplier who exchanges UBL documents through a shared folder. */
export const connect: Connect = async (context) => {
  const supplier = new Supplier(context);
  const spoke: Spoke = {
    changes: (entity, request) => scanChanges(supplier, entity, request),
    read: (entity, localIds, signal) => readRecords(supplier, entity, localIds, signal),
    write: (entity, requests, signal) => writeRecords(supplier, entity, requests, signal),
    findByProbe: (entity, probeKeys, signal) => findByProbe(supplier, entity, probeKeys, signal),
    health: async () => {
      await supplier.check();
      return {};
    },
    close: async () => {},
  };
  return spoke;
};
