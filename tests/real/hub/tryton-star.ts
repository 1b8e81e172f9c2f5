import { startServer as startCrm } from "../../../adapters/sandbox-crm/simulator/server.ts";
import type { JsonObject, Limits } from "../../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { settingsFor } from "../tryton/harness.ts";
import { startTryton, type Tryton } from "../tryton/server.ts";
import { type RealHub, type RealHubOptions, startRealHub } from "./real-hub.ts";

/** A hub between a sandbox CRM and a real Tryton with a database of its own; the ERP's rules of the demonstration are Tryton's. */
export type TrytonStar = RealHub & { crm: SandboxServer; tryton: Tryton };

export type TrytonStarOptions = Omit<RealHubOptions, "systems"> & {
  /** A server that is up already; it stays up. */
  tryton?: Tryton;
  /** Settings of the adapter other than the address and the login, or instead of them. */
  settings?: JsonObject;
  limits?: Partial<Limits>;
  /** Entities of Tryton that the hub leaves alone. */
  without?: readonly string[];
};

/** Of the entities that the ERP of the demonstration has. */
const NOT_IN_TRYTON = "price-list";
const FAST: Partial<Limits> = { pollEveryMs: 1000, overlapMs: 2000, settleMs: 3000 };

export async function startTrytonStar(options: TrytonStarOptions = {}): Promise<TrytonStar> {
  const tryton = options.tryton ?? (await startTryton());
  const crm = await startCrm();
  const entities = loadConfig("nave.config.yaml").systems["erp"]?.entities ?? {};
  const hub = await startRealHub({
    ...options,
    systems: {
      crm: { settings: crm.settings, limits: { ...FAST, pollEveryMs: 100 } },
      erp: {
        adapter: "tryton",
        title: "Tryton",
        settings: { ...settingsFor(tryton), ...options.settings },
        entities: Object.fromEntries(
          Object.entries(entities).filter(
            ([entity]) => entity !== NOT_IN_TRYTON && !options.without?.includes(entity),
          ),
        ),
        limits: { ...FAST, ...options.limits },
      },
    },
  });
  const star: TrytonStar = Object.assign(hub, { crm, tryton });
  const closeHub = hub.close;
  star.close = async () => {
    await closeHub();
    await crm.close();
    if (options.tryton === undefined) await tryton.stop();
  };
  return star;
}
