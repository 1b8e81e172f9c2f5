import { Router } from "express";
import { scanWherePolled } from "../receive/scan-request.ts";
import { insertAudit } from "../store/audit.ts";
import type { Sql } from "../store/database.ts";
import { pauseSystem, selectSystemStates, setReadOnly } from "../store/system-states.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import type { Report } from "./jobs.ts";
import { RequestRefused } from "./problem.ts";
import { bodyOf, type Fields, flagIn, jsonBody, optionalTextIn, textIn } from "./read-request.ts";

/** Pausing one system, keeping it from being written, and reading it. */
export function systemRoutes(api: Api): Router {
  const { hub, jobs, access } = api;
  const router = Router();
  const operator = authorise(access, "operator");
  for (const action of Object.keys(SWITCHES) as (keyof typeof SWITCHES)[]) {
    router.post(`/systems/:system/${action}`, operator, ...jsonBody(), async (request, response) => {
      bodyOf(request, []);
      response.json(await turnSwitch(api, systemIn(api, request.params), nameOf(response), action));
    });
  }
  router.post("/systems/:system/sync", operator, ...jsonBody(), async (request, response) => {
    const system = systemIn(api, request.params);
    const body = bodyOf(request, ["entity", "full"]);
    const entities = entitiesOf(system, optionalTextIn(body, "entity"));
    const full = flagIn(body, "full");
    const by = nameOf(response);
    await insertAudit(hub.db, by, "sync", { system: system.name, entities, full });
    response
      .status(202)
      .json(jobs.start(`sync ${system.name}`, by, (report) => sync(api, system, entities, full, report)));
  });
  return router;
}

/** @throws 404 naming the systems there are. */
export function systemIn({ hub }: Api, fields: Fields): ConnectedSystem {
  const name = textIn(fields, "system");
  const system = hub.systems.get(name);
  if (system) return system;
  const accepts = [...hub.systems.keys()].join(", ");
  throw new RequestRefused(404, `there is no system "${name.slice(0, 100)}"`, { field: "system", accepts });
}

function entitiesOf(system: ConnectedSystem, wanted: string | undefined): string[] {
  const taken = system.entities.filter((entity) => system.takes(entity));
  if (wanted === undefined) return taken;
  if (taken.includes(wanted)) return [wanted];
  throw new RequestRefused(404, `the hub does not read "${wanted}" from ${system.name}`, {
    field: "entity",
    accepts: taken.join(", "),
  });
}

/** What each switch puts on record, and what it answers. */
const SWITCHES = {
  pause: {
    set: (sql: Sql, system: string, by: string) => pauseSystem(sql, system, by),
    now: { paused: true },
  },
  resume: { set: (sql: Sql, system: string) => pauseSystem(sql, system, null), now: { paused: false } },
  "read-only": { set: (sql: Sql, system: string) => setReadOnly(sql, system, true), now: { readOnly: true } },
  "read-write": {
    set: (sql: Sql, system: string) => setReadOnly(sql, system, false),
    now: { readOnly: false },
  },
};

async function turnSwitch(
  { hub }: Api,
  system: ConnectedSystem,
  by: string,
  action: keyof typeof SWITCHES,
): Promise<object> {
  const { set, now } = SWITCHES[action];
  await set(hub.db, system.name, by);
  await insertAudit(hub.db, by, action, { system: system.name });
  const state = (await selectSystemStates(hub.db)).find((one) => one.system === system.name);
  if (state) system.refresh(state);
  return { system: system.name, ...now };
}

type SyncResult = { entity: string; read: number; accepted: number; parked: number };

async function sync(
  { hub, pollers }: Api,
  system: ConnectedSystem,
  entities: readonly string[],
  full: boolean,
  report: Report,
): Promise<SyncResult[]> {
  const results: SyncResult[] = [];
  const poller = pollers.get(system.name);
  if (!poller) return results;
  for (const entity of entities) {
    const wanted = { system: system.name, entity, everything: full };
    const { read, accepted, parked } = await scanWherePolled(hub, poller, wanted, ({ read, total }) => {
      report({ done: read, text: entity, ...(total === undefined ? {} : { total }) });
    });
    results.push({ entity, read, accepted, parked });
  }
  return results;
}
