import { Router } from "express";
import type { JsonObject, Observation } from "../adapter-kit/contract.ts";
import { acceptObservations } from "../receive/accept.ts";
import { drawObservationNumbers } from "../store/shadows.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import type { Api } from "./api-parts.ts";
import { authorise } from "./authorise.ts";
import { objectionTo } from "./native-json.ts";
import { RequestRefused } from "./problem.ts";
import { bodyOf, type Fields, flagIn, jsonBody, optionalTextIn, textIn } from "./read-request.ts";
import { systemIn } from "./system-routes.ts";

const LIMIT_BYTES = 4_000_000;
const MOST_RECORDS = 1000;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Records that systems push themselves, in their own native form: each is an observation like one that was polled. */
export function intakeRoutes(api: Api): Router {
  const { hub, access } = api;
  const router = Router();
  router.post(
    "/:system/:entity",
    authorise(access, "operator"),
    ...jsonBody(LIMIT_BYTES),
    async (request, response) => {
      const { system, entity } = takerOf(api, request.params);
      const observations = recordsOf(bodyOf(request, ["records"]));
      const [number = 0] = await drawObservationNumbers(hub.db, 1);
      const begun = hub.traces?.continued();
      const numbered = observations.map((observation) => ({ ...observation, number, ...begun }));
      const { accepted, unchanged, parked } = await acceptObservations(hub, system, entity, numbered);
      response
        .status(202)
        .json({ localIds: observations.map((one) => one.localId), accepted, unchanged, parked });
    },
  );
  return router;
}

function takerOf(api: Api, fields: Fields): { system: ConnectedSystem; entity: string } {
  const system = systemIn(api, fields);
  const entity = textIn(fields, "entity");
  if (system.inShadow)
    throw new RequestRefused(409, `${system.name} is in shadow mode: nothing is taken from it`, {
      accepts: `nave onboard ${system.name} --go-live`,
    });
  if (system.takes(entity)) return { system, entity };
  const accepts = system.entities.filter((one) => system.takes(one)).join(", ");
  throw new RequestRefused(404, `the hub takes no such entity from ${system.name}`, {
    field: "entity",
    accepts,
  });
}

function recordsOf({ records }: Fields): Observation[] {
  if (!Array.isArray(records) || records.length === 0 || records.length > MOST_RECORDS) {
    throw new RequestRefused(400, "records is no list of records", {
      field: "records",
      accepts: `1 to ${MOST_RECORDS} records, each { localId, native }`,
    });
  }
  return records.map((record: unknown, index) => readRecord(record, `records[${index}]`));
}

const PROPERTIES = ["localId", "native", "modifiedAt", "deleted"];

function readRecord(record: unknown, where: string): Observation {
  if (typeof record !== "object" || record === null) {
    throw new RequestRefused(400, `${where} is no object`, { field: where, accepts: PROPERTIES.join(", ") });
  }
  const unknown = Object.keys(record).find((name) => !PROPERTIES.includes(name));
  if (unknown !== undefined) {
    throw new RequestRefused(400, `${where} has an unknown property`, {
      field: `${where}.${unknown.slice(0, 100)}`,
      accepts: PROPERTIES.join(", "),
    });
  }
  const fields = record as Fields;
  const objection = objectionTo(fields["native"]);
  if (objection !== undefined) {
    throw new RequestRefused(400, `${where}.native ${objection}`, {
      field: `${where}.native`,
      accepts: "one JSON object, as the system shows the record",
    });
  }
  const modifiedAt = optionalTextIn(fields, "modifiedAt", 40);
  if (modifiedAt !== undefined && (!RFC_3339.test(modifiedAt) || Number.isNaN(Date.parse(modifiedAt)))) {
    throw new RequestRefused(400, `${where}.modifiedAt is no instant`, {
      field: `${where}.modifiedAt`,
      value: modifiedAt,
      accepts: "RFC 3339, such as 2026-11-01T12:00:00Z",
    });
  }
  return {
    localId: textIn(fields, "localId"),
    native: fields["native"] as JsonObject,
    deleted: flagIn(fields, "deleted"),
    ...(modifiedAt === undefined ? {} : { modifiedAt: new Date(modifiedAt).toISOString() }),
  };
}
