import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NodeConfig } from "../../../src/flows/node-red.ts";
import { ask, type ServedHub, serveHub } from "./served-hub.ts";

let hub: ServedHub;
beforeAll(async () => {
  hub = await serveHub({
    copiedFlows: ["customer-sync", "order-sync"],
    flows: {
      permissions: {
        "customer-*": { deploy: ["operator"] },
        "order-*": { read: ["otto"], edit: ["olga"] },
        "*-secret": { read: ["admin"] },
      },
    },
  });
  for (const [name, role] of Object.entries({ vera: "viewer", otto: "operator", olga: "operator" }))
    await ask(`${hub.url}/api/accounts`, { token: hub.token, json: { name, role, password: PASSWORD } });
});
afterAll(() => hub?.close());

const PASSWORD = "a password that is long";
type Body = Record<string, unknown>;

const as = (name: string | undefined, init: object = {}) =>
  name === undefined
    ? { token: hub.token, ...init }
    : {
        headers: { authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString("base64")}` },
        ...init,
      };
const get = (path: string, name?: string) => ask(`${hub.url}/api/flows${path}`, as(name));
const post = (path: string, json: Body = {}, name?: string) =>
  ask(`${hub.url}/api/flows${path}`, as(name, { json }));

async function nodesOf(flow: string): Promise<NodeConfig[]> {
  return (await get(`/${flow}`)).json["nodes"] as NodeConfig[];
}
async function deploy(
  flow: string,
  change: (node: NodeConfig) => NodeConfig,
  more: Body = {},
  name?: string,
) {
  const nodes = (await nodesOf(flow)).map(change);
  return post("/deploy", { flows: [{ flow, nodes }], ...more }, name);
}
const setTo =
  (id: string, properties: Body) =>
  (node: NodeConfig): NodeConfig =>
    node.id === id ? { ...node, ...properties } : node;
const inFolder = async (flow: string) =>
  JSON.parse(await readFile(join(hub.config.hub.flowsDir, flow, "flow.json"), "utf8")) as NodeConfig[];

async function versionOf(flow: string): Promise<string> {
  return (await get(`/${flow}`)).json["version"] as string;
}
type History = {
  epoch: number;
  version: string;
  author: string;
  comment: string;
  origin: string;
  difference: Body;
}[];
async function historyOf(flow: string): Promise<History> {
  return (await get(`/${flow}/history`)).json["history"] as History;
}

describe("versions", () => {
  test("a deploy is one more version, with author, comment and difference; the folder follows", async () => {
    const first = await versionOf("customer-sync");
    const merge = setTo("customer-sync.merge", { echoes: "pass" });
    const answer = await deploy("customer-sync", merge, { comment: "echoes pass" }, "otto");
    expect(answer).toMatchObject({ status: 200, json: { deployed: true, missing: [] } });
    const [now, before] = await historyOf("customer-sync");
    expect(now).toMatchObject({ author: "otto", comment: "echoes pass", origin: "command", state: "live" });
    expect(now?.difference).toMatchObject({
      changed: [
        { id: "customer-sync.merge", properties: [{ path: "echoes", before: "end", after: "pass" }] },
      ],
    });
    expect(before).toMatchObject({ version: first, origin: "files", author: null });
    expect(await inFolder("customer-sync")).toContainEqual(expect.objectContaining({ echoes: "pass" }));
    expect(await historyOf("order-sync")).toHaveLength(1);
  });

  test("the same flow again is no version", async () => {
    const epoch = (await get("")).json["epoch"];
    const answer = await deploy("customer-sync", (node) => node);
    expect(answer).toMatchObject({ status: 200, json: { deployed: false, epoch, changes: [] } });
  });

  test("a dry run says what would be different, and does nothing", async () => {
    const version = await versionOf("customer-sync");
    const answer = await deploy("customer-sync", setTo("customer-sync.merge", { name: "m" }), {
      dryRun: true,
    });
    expect(answer.json).toMatchObject({
      deployed: false,
      changes: [
        { flow: "customer-sync", difference: { behaves: true, changed: [{ id: "customer-sync.merge" }] } },
      ],
    });
    expect(await versionOf("customer-sync")).toBe(version);
  });

  test("what the hub could not run is refused, and nothing has changed", async () => {
    const before = await inFolder("customer-sync");
    const answer = await deploy("customer-sync", setTo("customer-sync.in", { entity: "" }));
    expect(answer).toMatchObject({ status: 400, json: { code: "NAVE_CONFIG_INVALID" } });
    expect(answer.json["detail"]).toMatch(/flow customer-sync: record in .* takes no entity/);
    expect(await inFolder("customer-sync")).toEqual(before);
  });

  test.each<[string, Body, RegExp]>([
    ["a list that is none", { flows: {} }, /flows is no list/],
    [
      "nodes without a tab",
      { flows: [{ flow: "x", nodes: [{ id: "a", type: "merge" }] }] },
      /x: the nodes are no flow/,
    ],
    ["an id twice", { flows: [{ flow: "x", nodes: [tab("t"), tab("t")] }] }, /x: the nodes are no flow/],
    ["the id of a copy", { flows: [{ flow: "x", nodes: [tab("t~0123456789ab")] }] }, /no flow/],
    [
      "another flow of the name",
      { flows: [{ flow: "order-sync", nodes: [tab("t")] }] },
      /another flow order-sync/,
    ],
    [
      "a node of another flow",
      { flows: [{ flow: "x", nodes: [tab("t"), twin("t")] }] },
      /order-sync has a node/,
    ],
    ["a flow to remove that is not there", { removed: ["nothing"] }, /removed names a flow/],
    ["a comment that is none", { comment: 7 }, /comment is no such text/],
  ])("refuses %s", async (_what, body, text) => {
    const answer = await post("/deploy", body);
    expect(answer.status).toBeOneOf([400, 404, 409]);
    expect(answer.json["detail"]).toMatch(text);
  });

  test("a comment is given afterwards too, to deploys of this flow only", async () => {
    const epoch = (await historyOf("customer-sync"))[0]?.epoch;
    const patch = (flow: string, name?: string) =>
      ask(
        `${hub.url}/api/flows/${flow}/history/${epoch}`,
        as(name, { method: "PATCH", json: { comment: "why" } }),
      );
    expect((await patch("customer-sync")).json).toEqual({ flow: "customer-sync", epoch, comment: "why" });
    expect((await historyOf("customer-sync"))[0]).toMatchObject({ comment: "why" });
    expect((await patch("order-sync")).status).toBe(404);
    expect((await patch("customer-sync", "vera")).status).toBe(403);
  });

  test("history is paged", async () => {
    const first = (await get("/customer-sync/history?limit=1")).json as { history: History; next: number };
    const second = (await get(`/customer-sync/history?before=${first.next}`)).json as {
      history: History;
      next: null;
    };
    expect([...first.history, ...second.history]).toEqual(await historyOf("customer-sync"));
    expect(second.next).toBeNull();
    expect((await get("/customer-sync/history?limit=0")).status).toBe(400);
    expect((await get("/nothing/history")).status).toBe(404);
  });
});

describe("rolling back", () => {
  test("goes back to the version before, as a new epoch; once more undoes it", async () => {
    const [now, before] = await historyOf("customer-sync");
    const dry = await post("/customer-sync/rollback", { dryRun: true });
    expect(dry.json).toMatchObject({ deployed: false, changes: [{ versions: { before: now?.version } }] });
    expect(await post("/customer-sync/rollback", {}, "otto")).toMatchObject({
      status: 200,
      json: { deployed: true },
    });
    expect((await historyOf("customer-sync"))[0]).toMatchObject({
      version: before?.version,
      origin: "rollback",
      author: "otto",
      comment: null,
    });
    expect(await inFolder("customer-sync")).toContainEqual(expect.objectContaining({ echoes: "end" }));
    await post("/customer-sync/rollback", { comment: "no, not" });
    expect((await historyOf("customer-sync"))[0]).toMatchObject({
      version: now?.version,
      comment: "no, not",
    });
  });

  test("to a version by its beginning; one that never was is refused with those that were", async () => {
    const versions = (await historyOf("customer-sync")).map(({ version }) => version);
    const [first = ""] = versions.slice(-1);
    expect(await post("/customer-sync/rollback", { to: first.slice(0, 6) })).toMatchObject({ status: 200 });
    expect(await versionOf("customer-sync")).toBe(first);
    const answer = await post("/customer-sync/rollback", { to: "ffff" });
    expect(answer).toMatchObject({ status: 404, json: { accepts: expect.stringContaining(first) } });
  });

  test("a flow that was removed comes back", async () => {
    const nodes = [tab("gone"), { id: "gone.note", type: "comment", z: "gone", name: "n", wires: [] }];
    await post("/deploy", { flows: [{ flow: "gone", nodes }] });
    await post("/deploy", { removed: ["gone"] });
    expect((await get("/gone")).status).toBe(404);
    expect((await historyOf("gone"))[0]).toMatchObject({ version: null, difference: null });
    expect((await post("/gone/rollback")).status).toBe(200);
    expect((await get("/gone")).json).toMatchObject({ state: "live", tab: "gone" });
  });

  test("a subflow that another flow uses is not changed unnoticed", async () => {
    const subflow = (text: string) => ({ id: "sub", type: "subflow", name: text, in: [], out: [] });
    const user = (flow: string, text: string) => ({
      flow,
      nodes: [tab(flow), { id: `${flow}.use`, type: "subflow:sub", z: flow, wires: [] }, subflow(text)],
    });
    expect((await post("/deploy", { flows: [user("one", "first"), user("two", "first")] })).status).toBe(200);
    const first = await versionOf("one");
    expect((await post("/deploy", { flows: [user("one", "second"), user("two", "second")] })).status).toBe(
      200,
    );
    const refused = await post("/one/rollback");
    expect(refused.json).toMatchObject({
      status: 400,
      detail: 'subflow "first" (sub) is different now, and used by two too',
    });
    const answer = await post("/one/rollback", { withShared: true });
    expect(answer.json["changes"]).toMatchObject([{ flow: "one" }, { flow: "two" }]);
    expect(await versionOf("one")).toBe(first);
    expect((await historyOf("two"))[0]).toMatchObject({ origin: "rollback" });
    await post("/deploy", { removed: ["two"] });
    expect((await post("/one/rollback")).status).toBe(200);
  });
});

describe("drafts", () => {
  const draft = (nodes: NodeConfig[]) => [{ ...tab("later"), disabled: true }, ...nodes];
  const node = (type: string, properties: Body): NodeConfig => ({
    id: `later.${type.replace(" ", "-")}`,
    type,
    z: "later",
    ...properties,
  });

  test("go live only when all that they name is there", async () => {
    const nodes = draft([
      node("call", { name: "book", system: "erp", operation: "book", wires: [[], [], []] }),
      node("record out", { to: "system", system: "shop", wires: [] }),
      node("notify", { way: "hook", to: "warehouse, {{payload.hook}}", subject: "s", wires: [[]] }),
      node("lookup", { what: "record", entity: "custmer", system: "left over", wires: [[], []] }),
      node("approve", {
        question: "?",
        candidates: "role:operator, otto, nobody-here, {{payload.who}}",
        due: "1 d",
        escalateTo: "nobody-here",
        escalateDue: "1 d",
        wires: [["later.notify"], ["later.notify"], ["later.notify"]],
      }),
    ]);
    expect((await post("/deploy", { flows: [{ flow: "later", nodes }] })).status).toBe(200);
    expect((await get("/later")).json["missing"]).toHaveLength(5);
    const answer = await post("/later/promote");
    expect(answer.status).toBe(400);
    expect(answer.json["detail"]).toBe(
      "not deployed: " +
        'call "book" (later.call): there is no system erp; ' +
        "record out (later.record-out): there is no system shop; " +
        "notify (later.notify): there is no web hook warehouse; " +
        "lookup (later.lookup): there is no entity custmer; " +
        "approve (later.approve): there is no account nobody-here",
    );
    expect((await get("/later")).json["state"]).toBe("draft");
  });

  test("and run then", async () => {
    const nodes = draft([
      node("record in", { entity: "payment", kind: "observed", system: "crm", wires: [] }),
    ]);
    await post("/deploy", { flows: [{ flow: "later", nodes }] });
    expect(await post("/later/promote", { comment: "ready" })).toMatchObject({ status: 200 });
    expect((await get("/later")).json["state"]).toBe("live");
    expect((await historyOf("later"))[0]).toMatchObject({ origin: "promotion", comment: "ready" });
  });
});

describe("permissions", () => {
  test("who may not read a flow does not see it", async () => {
    const seen = async (name: string) =>
      ((await get("", name)).json["flows"] as { name: string }[]).map((flow) => flow.name);
    expect(await seen("vera")).not.toContain("order-sync");
    expect(await seen("otto")).toContain("order-sync");
    for (const path of ["/order-sync", "/order-sync/history"])
      expect((await get(path, "vera")).status).toBe(404);
    expect((await post("/order-sync/rollback", {}, "vera")).status).toBe(404);
  });

  test("who may edit changes drafts only", async () => {
    const nodes = [{ ...tab("order-draft"), disabled: true }];
    expect((await post("/deploy", { flows: [{ flow: "order-draft", nodes }] }, "olga")).status).toBe(200);
    const live = [{ ...tab("order-draft"), disabled: false }];
    const refused = await post("/deploy", { flows: [{ flow: "order-draft", nodes: live }] }, "olga");
    expect(refused).toMatchObject({
      status: 403,
      json: { detail: "not deployed: olga may not deploy order-draft", code: "NAVE_REQUEST_INVALID" },
    });
    expect((await deploy("order-sync", setTo("order-sync.merge", { name: "x" }), {}, "olga")).status).toBe(
      403,
    );
    expect((await post("/order-draft/promote", {}, "olga")).status).toBe(403);
    expect((await post("/order-draft/promote")).status).toBe(200);
  });

  test("in the editor too: it hides, locks and refuses", async () => {
    const editor = await editorOf("olga");
    const seen = await editor.flows();
    const labels = seen.flows.filter(({ type }) => type === "tab");
    expect(labels.map(({ label, locked }) => [label, locked ?? false])).toContainEqual(["order-sync", true]);
    expect(labels.map(({ label }) => label)).toContain("customer-sync");
    const touched = seen.flows.map(setTo("order-sync.merge", { name: "mine" }));
    const refused = await editor.deploy({ flows: touched, rev: seen.rev });
    expect(refused.text).toContain("olga may not deploy order-sync");
    // What is locked for her only stays as it is for others.
    const note = { id: "order-draft.n", type: "comment", z: "order-idea", name: "n", wires: [] };
    const added = [...seen.flows, { ...tab("order-idea"), disabled: true }, note];
    expect(await editor.deploy({ flows: added, rev: seen.rev })).toMatchObject({ status: 200 });
    expect((await inFolder("order-sync"))[0]).not.toHaveProperty("locked");
    expect((await get("/order-idea")).json).toMatchObject({ state: "draft" });
  });

  test("what somebody may not read stays when they deploy", async () => {
    const secret = {
      flow: "a-secret",
      nodes: [tab("a-secret"), { ...twin("a-secret"), id: "a-secret.merge" }],
    };
    await post("/deploy", { flows: [secret] });
    const editor = await editorOf("olga");
    const { flows, rev } = await editor.flows();
    expect(flows.filter(({ id, z }) => id === "a-secret" || z === "a-secret")).toEqual([]);
    const answer = await editor.deploy({ flows: [...flows, { ...tab("order-next"), disabled: true }], rev });
    expect(answer.status).toBe(200);
    expect(await nodesOf("a-secret")).toHaveLength(2);
    expect(await editor.flow("a-secret")).toBe(404);
    expect(await editor.flow("customer-sync")).toBe(200);
  });

  test("who may change nothing cannot deploy at all", async () => {
    const editor = await editorOf("vera");
    const { flows } = await editor.flows();
    expect(flows.some(({ z }) => z === "order-sync")).toBe(false);
    expect((await editor.deploy({ flows })).status).toBe(401);
  });
});

type Drawn = { flows: NodeConfig[]; rev: string };

async function editorOf(username: string) {
  const login = await fetch(`${hub.url}/editor/auth/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: "node-red-editor",
      grant_type: "password",
      scope: "",
      username,
      password: PASSWORD,
    }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, "node-red-api-version": "v2" };
  return {
    flows: async () => (await fetch(`${hub.url}/editor/flows`, { headers })).json() as Promise<Drawn>,
    flow: async (id: string) => (await fetch(`${hub.url}/editor/flow/${id}`, { headers })).status,
    deploy: (json: object) => ask(`${hub.url}/editor/flows`, { headers, json }),
  };
}

function tab(id: string): NodeConfig {
  return { id, type: "tab", label: id };
}

function twin(z: string): NodeConfig {
  return { id: "order-sync.merge", type: "merge", z, wires: [[]] };
}
