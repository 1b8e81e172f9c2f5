import {
  type SandboxOptions,
  SandboxRecords,
  type SandboxServer,
  startSandbox,
  WELL_BEHAVED,
} from "../../../src/adapter-kit/simulation/index.ts";
import { graphqlFace } from "./graphql-face.ts";
import { SHOP_RULES } from "./rules.ts";

const CREDENTIALS = { user: "hub", password: "vendure-simulator-secret" };

/**
 * Starts a stand-in for the part of Vendure's admin API that this adapter asks, customers and products only, for faults that a
 * real shop cannot be made to commit. Stamps have milliseconds, as Vendure's.
 */
export async function startServer(options: SandboxOptions = {}): Promise<SandboxServer> {
  const misbehaviour = { ...WELL_BEHAVED, stampPrecisionMs: 1, ...options.misbehave };
  const records = new SandboxRecords(SHOP_RULES, misbehaviour, options);
  const { face, endSessions } = graphqlFace(records, CREDENTIALS);
  const server = await startSandbox(
    {
      records,
      face,
      show: ({ id, native }) => ({ id, ...native }),
      settings: (url) => ({ url, ...CREDENTIALS, slowScanMinutes: 0 }),
    },
    options,
  );
  return {
    ...server,
    // Vendure never answers 401: an ended session is an error inside HTTP 200.
    misbehave: async ({ unauthorisedNext, ...changes }) => {
      if (unauthorisedNext !== undefined && unauthorisedNext > 0) endSessions();
      await server.misbehave(changes);
    },
  };
}
