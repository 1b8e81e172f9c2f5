import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { adminFarSide } from "../../../adapters/tryton/tests/far-side.ts";
import { trytonSamples } from "../../../adapters/tryton/tests/samples.ts";
import type { JsonObject, Log, Spoke } from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import type { Harness } from "../../adapters/harness.ts";
import { startTryton, type Tryton } from "./server.ts";

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const PASSWORD = "tryton-Test-1";

/** Settings of the system for the hub's own login. */
export function settingsFor({ url, database, user, password }: Tryton): JsonObject {
  return { url, database, user, password, orderStateOnCreate: "draft" };
}

/** The adapter connected as the hub, or with other settings such as another user's. */
export async function connectTryton(
  tryton: Tryton,
  settings: JsonObject = {},
  overlapMs?: number,
): Promise<Spoke> {
  const { connect, manifest } = await loadAdapter(fileURLToPath(trytonSamples.folder).replace(/\/$/, ""));
  const limits = { ...manifest.limits, ...(overlapMs === undefined ? {} : { overlapMs }) };
  const context = { system: "tested", manifest: { ...manifest, limits }, log: SILENT };
  return connect({ ...context, settings: { ...settingsFor(tryton), ...settings } });
}

/** The real Tryton as the conformance suite wants it: one server for all its tests, edited by user admin. */
export const realTryton: Harness = {
  ...trytonSamples,
  shared: true,
  start: async () => {
    const tryton = await startTryton();
    const admin = await connectTryton(tryton, { user: "admin", password: PASSWORD });
    return {
      settings: settingsFor(tryton),
      far: adminFarSide((method, params) => tryton.call(method, params), admin),
      misbehave: async ({ unauthorisedNext }) => {
        if (unauthorisedNext) await forgetSessions(tryton);
      },
      close: async () => {
        await admin.close();
        await tryton.stop();
      },
    };
  },
  misbehaviours: ["unauthorisedNext", "modifiedEmptyUntilUpdate"],
};

/** Ends all sessions, as a restart of the server does. */
async function forgetSessions({ sql }: Tryton): Promise<void> {
  const client = new Client(sql);
  await client.connect();
  await client.query("delete from ir_session");
  await client.end();
}
