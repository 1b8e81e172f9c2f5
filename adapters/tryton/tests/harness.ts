import { fileURLToPath } from "node:url";
import type { Log } from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import type { Harness } from "../../../tests/adapters/harness.ts";
import { trytonClient } from "../client.ts";
import { plainText } from "../rows.ts";
import { SIMULATED_FAULTS, simulatedSettings, startSimulator } from "../simulator/server.ts";
import { adminFarSide } from "./far-side.ts";
import { trytonSamples } from "./samples.ts";

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The simulator as far side: for the faults that a real Tryton cannot be made to show. */
export const simulatedTryton: Harness = {
  ...trytonSamples,
  start: async () => {
    const simulator = await startSimulator();
    const settings = simulatedSettings(simulator.url);
    const { connect, manifest } = await loadAdapter(fileURLToPath(trytonSamples.folder).replace(/\/$/, ""));
    const asAdmin = { ...settings, user: "admin" };
    const admin = await connect({ system: "far", settings: asAdmin, manifest, log: SILENT });
    const client = trytonClient({
      url: simulator.url,
      database: "sim",
      user: "admin",
      password: plainText(settings["password"]),
      language: "en",
      timeoutMs: 10_000,
    });
    const far = adminFarSide((method, params) => client.call(method, params), admin);
    return {
      settings,
      far: { ...far, insert: (entity, native) => simulator.late(() => far.insert(entity, native)) },
      misbehave: async (changes) => simulator.misbehave(changes),
      close: () => simulator.close(),
    };
  },
  commands: [
    {
      operation: "quoteOrder",
      about: "order",
      args: async (_far, id) => ({ order: id }),
      refused: () => ({ order: "987654" }),
      effect: async (far, id) => (await far.get("order", id))?.["state"],
    },
  ],
  misbehaviours: SIMULATED_FAULTS,
};
