import { setTimeout as sleep } from "node:timers/promises";
import { Router } from "express";
import { NaveError } from "../errors.ts";
import { dropDeadLetter, retryDeadLetter } from "../receive/dead-letter-actions.ts";
import { insertAudit } from "../store/audit.ts";
import { type DeadLetter, listDeadLetters, readDeadLetter } from "../store/dead-letters.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import type { Report } from "./jobs.ts";
import { RequestRefused } from "./problem.ts";
import {
  bodyOf,
  countIn,
  type Fields,
  flagIn,
  jsonBody,
  optionalTextIn,
  queryOf,
  textIn,
} from "./read-request.ts";

const MOST_LISTED = 1000;
/** Most that one bulk command looks at; what is left over is found by the next. */
const MOST_IN_BULK = 100_000;
const FILTERS = ["system", "entity", "code", "owner", "text"];
const ACTIONS = { retry: retryDeadLetter, drop: dropDeadLetter };
type Action = keyof typeof ACTIONS;

/** What needs a person: look, retry, drop, one by one or in bulk. */
export function deadLetterRoutes(api: Api): Router {
  const { hub, access } = api;
  const router = Router();
  const operator = authorise(access, "operator");
  router.get("/dead-letters", async (request, response) => {
    const query = queryOf(request, [...FILTERS, "limit"]);
    const matching = (await listDeadLetters(hub.db, MOST_IN_BULK)).filter(filterOf(query));
    const shown = matching.slice(0, countIn(query, "limit", 100, MOST_LISTED));
    response.json({ total: matching.length, deadLetters: shown });
  });
  router.get("/dead-letters/:id", async (request, response) => {
    response.json(await existing(api, request.params));
  });
  for (const action of Object.keys(ACTIONS) as Action[]) {
    router.post(`/dead-letters/${action}`, operator, ...jsonBody(), async (request, response) => {
      const body = bodyOf(request, [...FILTERS, "all", "perSecond"]);
      requireFilter(body);
      const by = nameOf(response);
      const pauseMs = body["perSecond"] === undefined ? 0 : 1000 / countIn(body, "perSecond", 1, 10_000);
      const filter = filterOf(body);
      await insertAudit(hub.db, by, `dead letters ${action} in bulk`, JSON.parse(JSON.stringify(body)));
      response
        .status(202)
        .json(
          api.jobs.start(`${action} dead letters`, by, (report) =>
            inBulk(api, action, filter, by, pauseMs, report),
          ),
        );
    });
    router.post(`/dead-letters/:id/${action}`, operator, ...jsonBody(), async (request, response) => {
      bodyOf(request, []);
      const { id } = await existing(api, request.params);
      await ACTIONS[action](hub, id, nameOf(response));
      response.json(await readDeadLetter(hub.db, id));
    });
  }
  return router;
}

/** By its id or the beginning of it, as lists show it. */
async function existing({ hub }: Api, fields: Fields): Promise<DeadLetter> {
  const id = textIn(fields, "id");
  const letter = /^[0-9a-f-]{4,36}$/i.test(id) ? await readDeadLetter(hub.db, id.toLowerCase()) : undefined;
  if (letter) return letter;
  throw new RequestRefused(404, `there is no dead letter "${id.slice(0, 50)}"`, {
    field: "id",
    accepts: "the id of a dead letter, or its first 4 characters or more",
  });
}

function requireFilter(body: Fields): void {
  if (flagIn(body, "all") || FILTERS.some((name) => body[name] !== undefined)) return;
  throw new RequestRefused(400, "nothing says which dead letters", {
    accepts: `${FILTERS.join(", ")}, or all: true`,
  });
}

function filterOf(fields: Fields): (letter: DeadLetter) => boolean {
  const wanted = (name: string) => optionalTextIn(fields, name);
  const [system, entity, code, owner, text] = FILTERS.map(wanted);
  const part = text?.toLowerCase();
  return (letter) =>
    (system === undefined || letter.system === system) &&
    (entity === undefined || letter.entity === entity) &&
    (code === undefined || letter.code === code) &&
    (owner === undefined || letter.owner === owner) &&
    (part === undefined || letter.text.toLowerCase().includes(part));
}

async function inBulk(
  { hub }: Api,
  action: Action,
  filter: (letter: DeadLetter) => boolean,
  by: string,
  pauseMs: number,
  report: Report,
): Promise<{ done: number; meanwhile: number }> {
  const letters = (await listDeadLetters(hub.db, MOST_IN_BULK)).filter(filter);
  const result = { done: 0, meanwhile: 0 };
  for (const [index, letter] of letters.entries()) {
    report({ done: index, total: letters.length });
    try {
      await ACTIONS[action](hub, letter.id, by);
      result.done += 1;
    } catch (thrown) {
      // Healed, or decided by someone else, since the list was read.
      if (!(thrown instanceof NaveError) || thrown.code !== "NAVE_REQUEST_INVALID") throw thrown;
      result.meanwhile += 1;
    }
    if (pauseMs > 0) await sleep(pauseMs);
  }
  report({ done: letters.length, total: letters.length });
  return result;
}
