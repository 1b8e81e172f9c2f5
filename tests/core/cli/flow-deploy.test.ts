import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../services/postgres.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";
import { type Ended, nave, naveHere, startNave } from "./run-nave.ts";

/** Two hubs: "test", with the crm, in this process; "live", with an erp instead, in one of its own. */
let hub: ServedHub;
let live: { url: string; token: string; folder: string; stop(): Promise<void> };
/** What git has pulled: the flows of the hub at first. */
let folder: string;
beforeAll(async () => {
  live = await startLive();
  hub = await serveHub({
    copiedFlows: ["customer-sync", "order-sync"],
    environments: {
      live: { url: live.url, tokenFile: join(live.folder, "data/admin-token") },
      moon: { url: "http://127.0.0.1:1", tokenEnv: "MOON_TOKEN" },
      asleep: { url: "http://127.0.0.1:1", tokenFile: join(live.folder, "data/admin-token") },
    },
  });
  folder = await mkdtemp(join(tmpdir(), "nave-pulled-"));
  await cp(hub.config.hub.flowsDir, folder, { recursive: true });
}, 90_000);
afterAll(async () => {
  await hub?.close();
  await live?.stop();
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({ NAVE_URL: hub.url, NAVE_DATA: hub.config.hub.dataDir });
const here = (...args: string[]): Promise<Ended> => naveHere(["flow", ...args], env());
/** Cases need a Node-RED, and this process has one at work. */
const apart = (...args: string[]): Promise<Ended> => nave(["flow", ...args], env());

type Node = { id: string; [property: string]: unknown };
async function edit(flow: string, change: (nodes: Node[]) => Node[]): Promise<void> {
  const file = join(folder, flow, "flow.json");
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")))));
}
const set = (id: string, properties: object) => (nodes: Node[]) =>
  nodes.map((node) => (node.id === id ? { ...node, ...properties } : node));

describe("flow deploy", () => {
  test("has nothing to do while the hub has what the folder has", async () => {
    const { code, stdout } = await here("deploy", "--from", folder, "--skip-cases", "--yes");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "the hub has these flows already\n" });
  });

  test("deploys nothing while a case fails, and says which", async () => {
    await edit("customer-sync", set("customer-sync.merge", { echoes: "pass" }));
    const { code, stdout } = await apart("deploy", "--from", folder, "--yes");
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /FAIL {2}What a system was just told comes back.*\n[\s\S]*nothing was deployed\n$/,
    );
    expect(await epoch()).toBe(1);
    await edit("customer-sync", set("customer-sync.merge", { echoes: "end" }));
  });

  test("deploys nothing that has problems", async () => {
    await edit("order-sync", set("order-sync.merge", { wires: [["gone"]] }));
    const { code, stdout } = await here("deploy", "order-sync", "--from", folder, "--yes");
    expect({ code, stdout }).toMatchObject({ code: 4, stdout: expect.stringContaining("is wired to gone") });
    await cp(join(hub.config.hub.flowsDir, "order-sync"), join(folder, "order-sync"), { recursive: true });
  });

  test("asks before it deploys; without a terminal it wants to be told", async () => {
    await edit("customer-sync", set("customer-sync.merge", { name: "as one" }));
    const { code, stderr } = await here("deploy", "--from", folder, "--skip-cases");
    expect(code).toBe(2);
    expect(stderr).toContain('changed  merge "as one" (customer-sync.merge)');
    expect(stderr).toContain("there is nobody to ask\n  accepted: --yes, or --dry-run");
    expect(await epoch()).toBe(1);
  });

  test("shows the difference, runs the cases of what changes, and deploys", async () => {
    const dry = await here("deploy", "--from", folder, "--dry-run");
    expect(dry.stdout).toMatch(
      /^customer-sync: does something else than in the hub .*\nchanged {2}merge "as one"/,
    );
    const { code, stdout } = await apart(
      "deploy",
      "--from",
      folder,
      "--comment",
      "a name",
      "--yes",
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      deployed: true,
      epoch: 2,
      changes: [{ flow: "customer-sync" }],
      cases: [{ flow: "customer-sync" }],
    });
  });

  test("removes flows that are not in the folder only when told", async () => {
    await rm(join(folder, "order-sync"), { recursive: true });
    expect((await here("deploy", "--from", folder, "--dry-run")).stdout).toBe(
      "the hub has these flows already\n",
    );
    const { stdout } = await here("deploy", "--from", folder, "--dry-run", "--prune");
    expect(stdout).toMatch(/^order-sync: gone, there in the hub/);
  });

  test("names the flows there are when there is none of the name", async () => {
    const { code, stderr } = await here("deploy", "nothing", "--from", folder, "--yes");
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("accepted: customer-sync"),
    });
  });
});

describe("flow history, comment and rollback", () => {
  test("tells who deployed what, when and why", async () => {
    expect((await here("history")).stdout).toMatch(/customer-sync +live +[0-9a-f]{12} .* token +a name/);
    const { stdout } = await here("history", "customer-sync");
    expect(stdout).toMatch(
      /\n +2 +\S+ +token +command +[0-9a-f]{12} +changed merge "as one" \(name\) +a name\n +1 .* files .* new, with 5 nodes/,
    );
    const { history } = JSON.parse((await here("history", "customer-sync", "--json")).stdout);
    const version = history[0].version as string;
    const full = await here("history", "customer-sync", version.slice(0, 6));
    expect(full.stdout).toMatch(
      /^epoch 2, .* command, token: a name\n.*\nchanged {2}merge .*\n +name: "" -> "as one"/,
    );
    expect(await here("history", "customer-sync", "ffff")).toMatchObject({ code: 1 });
  });

  test("a comment afterwards", async () => {
    expect((await here("comment", "customer-sync", "2", "a better name")).stdout).toContain("a better name");
    expect((await here("history", "customer-sync")).stdout).toContain("a better name");
    expect((await here("comment", "customer-sync", "77", "x")).code).toBe(1);
  });

  test("back, and back again", async () => {
    expect((await here("rollback", "customer-sync", "--dry-run")).stdout).toMatch(/name: "as one" -> ""\n$/);
    const { stdout } = await here("rollback", "customer-sync");
    expect(stdout).toMatch(/rolled back: epoch 3\n$/);
    await here("rollback", "customer-sync", "--comment", "it was right");
    expect((await here("history", "customer-sync")).stdout).toMatch(
      /\n +4 .* rollback .* it was right\n +3 /,
    );
    expect((await here("rollback", "customer-sync", "--to", "ffff")).stderr).toContain("has no version ffff");
  });
});

describe("flow promote", () => {
  test("lets a draft go live once its cases pass", async () => {
    await edit("customer-sync", set("customer-sync", { disabled: true }));
    await here("deploy", "--from", folder, "--skip-cases", "--yes");
    expect((await here("history")).stdout).toMatch(/customer-sync +draft/);
    const { code, stdout } = await apart("promote", "customer-sync", "--from", folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^7 cases passed\n[\s\S]*customer-sync is live in this hub: epoch 6\n$/);
  });

  test("a flow without cases is not promoted, unless told", async () => {
    const empty = await mkdtemp(join(tmpdir(), "nave-no-cases-"));
    await cp(join(folder, "customer-sync/flow.json"), join(empty, "customer-sync/flow.json"), {
      recursive: true,
    });
    const { code, stdout } = await apart("promote", "customer-sync", "--from", empty, "--to", "live");
    expect({ code, stdout }).toMatchObject({
      code: 4,
      stdout: expect.stringContaining("nothing was promoted"),
    });
    await rm(empty, { recursive: true });
  });

  test("sends it to another hub, with author and comment", async () => {
    const dry = await here("promote", "customer-sync", "--to", "live", "--skip-cases", "--dry-run");
    expect(dry.stdout).toMatch(/^customer-sync: new, not there in the hub/);
    const args = ["promote", "customer-sync", "--to", "live", "--comment", "release 7", "--from", folder];
    const { code, stdout, stderr } = await apart(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/customer-sync is live in live: epoch 2\n$/);
    const { history } = (await inLive("/customer-sync/history")) as { history: object[] };
    expect(history).toMatchObject([
      {
        origin: "promotion",
        comment: expect.stringMatching(/^release 7 \(promoted, version [0-9a-f]{12}, by token\)$/),
      },
    ]);
    const again = await here("promote", "customer-sync", "--to", "live", "--skip-cases");
    expect(again).toMatchObject({ code: 0, stdout: "customer-sync is the same in live\n" });
  });

  test("is refused by the other hub with what that lacks", async () => {
    const nodes = [
      { id: "billing", type: "tab", label: "billing", disabled: true },
      {
        id: "b.in",
        type: "record in",
        z: "billing",
        entity: "invoice",
        kind: "observed",
        system: "crm",
        wires: [[]],
      },
      {
        id: "b.mail",
        type: "notify",
        z: "billing",
        way: "mail",
        to: "x@example.com",
        subject: "s",
        wires: [[]],
      },
    ];
    await ask(`${hub.url}/api/flows/deploy`, {
      token: hub.token,
      json: { flows: [{ flow: "billing", nodes }] },
    });
    const { code, stderr } = await here("promote", "billing", "--to", "live", "--skip-cases");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "nave: live: not deployed: record in (b.in): there is no system crm; notify (b.mail): no mail is set up",
    );
    const dry = await here("promote", "billing", "--to", "live", "--skip-cases", "--dry-run");
    expect(dry.stdout).toContain("missing  record in (b.in): there is no system crm\n");
  });

  test("credentials stay; without them it arrives as a draft, and does not replace what is live", async () => {
    const nodes = [
      { id: "web", type: "tab", label: "web" },
      { id: "w.get", type: "http request", z: "web", method: "GET", url: "http://127.0.0.1:1", wires: [[]] },
    ];
    const drawn = await editor();
    const asked = { ...nodes[1], credentials: { user: "u", password: "very secret" } };
    expect(await drawn.add([nodes[0], asked])).toBe(200);
    const { stdout } = await here("promote", "web", "--to", "live", "--skip-cases");
    expect(stdout).toContain("missing  http request (w.get): has no user here\n");
    expect(stdout).toMatch(/web is draft in live: epoch \d+\n$/);
    expect(JSON.stringify(await inLive("/web"))).not.toContain("very secret");
    const goLive = { headers: { authorization: `Bearer ${live.token}` }, json: {} };
    expect((await ask(`${live.url}/api/flows/web/promote`, goLive)).status).toBe(200);
    const refused = await here("promote", "web", "--to", "live", "--skip-cases");
    expect(refused.stderr).toContain("live: not deployed: http request (w.get): has no user here");
    expect(await inLive("/web")).toMatchObject({ state: "live" });
  });

  test.each([
    [
      "an environment that is not set up",
      "nowhere",
      'there is no environment "nowhere"\n  accepted: live, moon, asleep',
    ],
    ["an environment without its token", "moon", "the token of environment moon is not in MOON_TOKEN"],
    ["a hub that does not answer", "asleep", "no hub answers at http://127.0.0.1:1 (asleep)"],
  ])("says what is wrong: %s", async (_what, to, text) => {
    const { code, stderr } = await here("promote", "customer-sync", "--to", to, "--skip-cases");
    expect(code).not.toBe(0);
    expect(stderr).toContain(text);
  });
});

async function epoch(): Promise<number> {
  return (await ask(`${hub.url}/api/flows`, { token: hub.token })).json["epoch"] as number;
}

async function inLive(path: string): Promise<unknown> {
  return (await ask(`${live.url}/api/flows${path}`, { token: live.token })).json;
}

/** As the editor deploys, credentials included. */
async function editor() {
  const { firstPassword = "" } = hub.running;
  const login = { client_id: "node-red-editor", grant_type: "password", scope: "", username: "admin" };
  const body = new URLSearchParams({ ...login, password: firstPassword });
  const answer = await fetch(`${hub.url}/editor/auth/token`, { method: "POST", body });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, "node-red-api-version": "v2" };
  return {
    add: async (nodes: unknown[]) => {
      const { flows, rev } = (await (await fetch(`${hub.url}/editor/flows`, { headers })).json()) as {
        flows: unknown[];
        rev: string;
      };
      return (await ask(`${hub.url}/editor/flows`, { headers, json: { flows: [...flows, ...nodes], rev } }))
        .status;
    },
  };
}

async function startLive() {
  const at = await mkdtemp(join(tmpdir(), "nave-live-"));
  const config = join(at, "nave.config.yaml");
  await writeFile(
    config,
    `hub: { port: 0, dataDir: data, flowsDir: flows, adapterDirs: ["${process.cwd()}/adapters"] }
systems:
  erp:
    adapter: sandbox-erp
    settings: { url: "http://127.0.0.1:1", user: hub, password: none }
    entities: { customer: { take: true, give: true } }
`,
  );
  const database = await freshDatabase();
  const { child, output, ended } = startNave(["start", "--config", config], { DATABASE_URL: database.url });
  const address = /editor +(http:\/\/127\.0\.0\.1:\d+)\/editor/;
  await until("the live hub is up", () => address.test(output()), 60_000);
  const token = (await readFile(join(at, "data/admin-token"), "utf8")).trim();
  return {
    url: address.exec(output())?.[1] ?? "",
    token,
    folder: at,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await database.drop();
      await rm(at, { recursive: true, force: true });
    },
  };
}
