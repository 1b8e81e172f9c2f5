import { type Request, type Response, Router } from "express";
import type { Actor } from "../access/accounts.ts";
import type { FlowRight } from "../access/flow-permissions.ts";
import { flowOf } from "../flows/storage/flow-folders.ts";
import { type Changed, type ChangeOptions, FlowChanges } from "../flows/versions/change-flows.ts";
import { promote } from "../flows/versions/promote-flow.ts";
import { changesBetween } from "../flows/versions/replace-flows.ts";
import { insertAudit } from "../store/audit.ts";
import {
  readFlowVersion,
  selectFlowHistory,
  selectLastChanges,
  updateEpochComment,
} from "../store/flow-versions.ts";
import type { Api } from "./api-parts.ts";
import { actorOf, nameOf } from "./authorise.ts";
import { RequestRefused } from "./problem.ts";
import { credentialNamesIn, wantedFlowIn, wantedFlowsIn } from "./read-flows.ts";
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

const MOST_LISTED = 200;
const FLOWS_LIMIT_BYTES = 20_000_000;
const LONGEST_COMMENT = 500;
const LARGEST_EPOCH = 1_000_000_000;

/** The flows, their versions, and what changes them. */
export function flowVersionRoutes(api: Api): Router {
  const router = Router();
  const changes = new FlowChanges(api.hub, api.flows);
  readingRoutes(router, api, changes);
  deployingRoutes(router, api, changes);
  promotingRoutes(router, api, changes);
  return router;
}

function readingRoutes(router: Router, api: Api, changes: FlowChanges): void {
  const { hub, flows } = api;
  router.get("/flows", async (_request, response) => {
    const last = new Map((await selectLastChanges(hub.db)).map(({ flow, ...change }) => [flow, change]));
    const known = flows.versions().filter(({ name }) => may(api, response, "read", name));
    const rights = (name: string) =>
      (["edit", "deploy"] as const).filter((one) => may(api, response, one, name));
    response.json({
      epoch: flows.deployed().epoch,
      flows: known.map((flow) => ({ ...flow, changed: last.get(flow.name) ?? null, you: rights(flow.name) })),
    });
  });
  router.get("/flows/:flow", async (request, response) => {
    const name = flowIn(api, request, response, "read");
    const flow = changes.find(name);
    if (flow === undefined) throw unknownFlow(api, response, name);
    const state = flows.versions().find((one) => one.name === name);
    response.json({
      ...state,
      tab: flow.tab,
      nodes: changes.nodesOf(flow),
      missing: await changes.missing(changes.nodesOf(flow)),
    });
  });
  router.get("/flows/:flow/history", async (request, response) => {
    const flow = flowIn(api, request, response, "read");
    const query = queryOf(request, ["limit", "before"]);
    const limit = countIn(query, "limit", 50, MOST_LISTED);
    const before = countIn(query, "before", LARGEST_EPOCH, LARGEST_EPOCH);
    const rows = await selectFlowHistory(hub.db, flow, { limit: limit + 1, before });
    if (rows.length === 0 && query["before"] === undefined) throw unknownFlow(api, response, flow);
    const history = rows.slice(0, limit).map(({ number, ...row }) => ({ epoch: number, ...row }));
    response.json({ flow, history, next: rows.length > limit ? history.at(-1)?.epoch : null });
  });
  router.get("/flows/:flow/versions/:version", async (request, response) => {
    const name = flowIn(api, request, response, "read");
    const version = await changes.findVersion(name, textIn(request.params, "version", 60));
    const recorded = await readFlowVersion(hub.db, name, version);
    const now = changes.find(name);
    const then = flowOf(name, recorded?.nodes ?? []);
    const [difference] = changesBetween(
      { flows: now ? [{ ...now, nodes: changes.nodesOf(now) }] : [], shared: [] },
      { flows: [then], shared: [] },
    );
    response.json({ flow: name, version, nodes: recorded?.nodes, fromNow: difference ?? null });
  });
}

function deployingRoutes(router: Router, api: Api, changes: FlowChanges): void {
  const { hub } = api;
  router.patch("/flows/:flow/history/:epoch", ...jsonBody(), async (request, response) => {
    const flow = flowIn(api, request, response, "edit");
    const comment = textIn(bodyOf(request, ["comment"]), "comment", LONGEST_COMMENT);
    const epoch = countIn(request.params, "epoch", 0, LARGEST_EPOCH);
    if (!(await updateEpochComment(hub.db, flow, epoch, comment))) {
      const accepts = "an epoch of GET /api/flows/<flow>/history";
      throw new RequestRefused(404, `epoch ${epoch} did not change ${flow}`, { field: "epoch", accepts });
    }
    await insertAudit(hub.db, nameOf(response), "flow comment", { flow, epoch, comment });
    response.json({ flow, epoch, comment });
  });
  router.post("/flows/deploy", ...jsonBody(FLOWS_LIMIT_BYTES), async (request, response) => {
    const body = bodyOf(request, ["flows", "removed", ...OPTIONS]);
    const wanted = wantedFlowsIn(body, api.flows.deployed().flows);
    const removed = removedIn(api, body);
    const options = optionsIn(body, response);
    const changed = await changes.deploy({ ...options, wanted, removed, origin: "command" });
    await answer(api, response, "flows deployed", changed);
  });
  router.put("/flows/:flow", ...jsonBody(FLOWS_LIMIT_BYTES), async (request, response) => {
    const body = bodyOf(request, ["nodes", "credentials", "draft", ...OPTIONS]);
    const name = textIn(request.params, "flow", 60);
    const wanted = wantedFlowIn(name, body["nodes"], api.flows.deployed().flows);
    const credentials = credentialNamesIn(body);
    const draft = flagIn(body, "draft");
    const changed = await changes.receive({ ...optionsIn(body, response), wanted, credentials, draft });
    await answer(api, response, "flow received", changed);
  });
}

function promotingRoutes(router: Router, api: Api, changes: FlowChanges): void {
  const { hub } = api;
  router.post("/flows/:flow/rollback", ...jsonBody(), async (request, response) => {
    const body = bodyOf(request, ["to", ...OPTIONS]);
    const flow = flowIn(api, request, response, "deploy");
    const to = optionalTextIn(body, "to", 60) ?? "previous";
    await answer(
      api,
      response,
      "flow rolled back",
      await changes.rollBack(flow, to, optionsIn(body, response)),
    );
  });
  router.post("/flows/:flow/promote", ...jsonBody(), async (request, response) => {
    const body = bodyOf(request, ["to", "draft", ...OPTIONS]);
    const name = flowIn(api, request, response, "deploy");
    const flow = changes.find(name);
    if (flow === undefined) throw unknownFlow(api, response, name);
    const to = optionalTextIn(body, "to", 60);
    const options = optionsIn(body, response);
    if (to === undefined) {
      await answer(api, response, "flow set live", await changes.setLive(flow, options));
      return;
    }
    const promoted = await promote(hub.config.environments, to, {
      ...options,
      flow,
      nodes: changes.nodesOf(flow),
      credentialsOf: (node) => api.flows.credentialsOf(node),
      draft: flagIn(body, "draft"),
    });
    await insertAudit(hub.db, nameOf(response), "flow promoted", { flow: name, to, version: flow.version });
    response.json(promoted);
  });
}

const OPTIONS = ["comment", "dryRun", "withShared"];

function optionsIn(body: Fields, response: Response): ChangeOptions {
  const { name, role } = actorOf(response) as Actor;
  const comment = optionalTextIn(body, "comment", LONGEST_COMMENT);
  return {
    by: { username: name, role },
    ...(comment === undefined ? {} : { comment }),
    dryRun: flagIn(body, "dryRun"),
    withShared: flagIn(body, "withShared"),
  };
}

async function answer({ hub }: Api, response: Response, action: string, changed: Changed): Promise<void> {
  if (changed.deployed) {
    const flows = changed.changes.map(({ flow }) => flow);
    await insertAudit(hub.db, nameOf(response), action, { epoch: changed.epoch, flows });
  }
  response.json(changed);
}

/** The flow in the address, of which whoever asks may do this; a flow that they may not read is not there for them. */
function flowIn(api: Api, { params }: Request, response: Response, right: FlowRight): string {
  const name = textIn(params, "flow", 60);
  if (!may(api, response, "read", name)) throw unknownFlow(api, response, name);
  if (may(api, response, right, name)) return name;
  throw new RequestRefused(403, `${nameOf(response)} may not ${right} ${name}`, {
    accepts: "somebody who may: flows.permissions in the configuration",
  });
}

function may({ permits }: Api, response: Response, right: FlowRight, flow: string): boolean {
  return permits(actorOf(response) as Actor, right, flow);
}

function removedIn({ flows }: Api, body: Fields): string[] {
  const names = body["removed"] ?? [];
  const known = flows.deployed().flows;
  if (!Array.isArray(names)) {
    throw new RequestRefused(400, "removed is no list", { field: "removed", accepts: "a list of names" });
  }
  return names.map((name: unknown) => {
    const flow = known.find((one) => one.name === name);
    if (flow !== undefined) return flow.tab;
    throw new RequestRefused(404, "removed names a flow that is not there", {
      field: "removed",
      value: name,
    });
  });
}

function unknownFlow(api: Api, response: Response, name: string): RequestRefused {
  const readable = api.flows
    .versions()
    .map((flow) => flow.name)
    .filter((one) => may(api, response, "read", one));
  return new RequestRefused(404, `there is no flow "${name}"`, {
    field: "flow",
    accepts: readable.join(", "),
  });
}
