import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../services/postgres.ts";
import { until } from "../../services/until.ts";
import { nave, naveHere, startNave } from "./run-nave.ts";

let folder: string;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nave-start-"));
  config = join(folder, "nave.config.yaml");
  await writeFile(config, CONFIG);
});
afterAll(async () => {
  for (const hub of started) hub.child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** One sandbox without demonstration data, on ports of its own. */
const CONFIG = `
hub: { port: 0, dataDir: data, flowsDir: ${process.cwd()}/flows, adapterDirs: ["${process.cwd()}/adapters"], reconcileAfterQuietMs: 200 }
systems:
  erp:
    adapter: sandbox-erp
    settings: { url: "http://127.0.0.1", user: hub, password: sandbox-erp-password }
    limits: { pollEveryMs: 200 }
    entities: { customer: { take: true, give: true } }
`;

const started: ReturnType<typeof startNave>[] = [];
function start(options: string[] = ["--sandbox"], env: NodeJS.ProcessEnv = {}): ReturnType<typeof startNave> {
  const hub = startNave(["start", ...options, "--config", config], env);
  started.push(hub);
  return hub;
}

const status = () => naveHere(["status", "--json", "--config", config]);

test("starts, says where it is, reaches in sync, stays up, stops cleanly, and starts again where it stood", async () => {
  const first = start();
  await until("in sync", () => first.output().includes("In sync after"), 60_000);
  expect(first.output()).toMatch(
    /page +http:\/\/127\.0\.0\.1:\d+\/\n +editor +http:\/\/127\.0\.0\.1:\d+\/editor\/ .*\n +password +[a-z2-9-]{23} /,
  );
  expect(first.output()).toMatch(/sandbox +erp at http:\/\/127\.0\.0\.1:\d+/);
  expect(JSON.parse((await status()).stdout)).toMatchObject({ inSync: true, comparedAt: expect.any(String) });
  const port = portOf(first.output());
  first.child.kill("SIGTERM");
  expect(await first.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("Nave has stopped.") });
  expect((await status()).code).toBe(3);
  await moveToPostgres();

  const second = start();
  await until("in sync again", () => second.output().includes("In sync after"), 60_000);
  expect(second.output()).not.toContain("password");
  expect(portOf(second.output())).toBe(port);
  await survivesItsSandboxes(second.child.pid ?? 0, port);
  second.child.kill("SIGKILL");
  await second.ended;
  await until("the sandboxes end with their hub", async () => !(await answers(port)));
}, 180_000);

/** What the hub on the embedded store has left behind goes to PostgreSQL, row by row. */
async function moveToPostgres(): Promise<void> {
  const file = join(folder, "store.ndjson");
  const { url, drop } = await freshDatabase();
  const exported = await naveHere(["store", "export", file, "--json", "--config", config]);
  const imported = await naveHere(["store", "import", file, "--json"], { DATABASE_URL: url });
  await drop();
  const [left, arrived] = [exported, imported].map(({ stdout }) => JSON.parse(stdout) as { rows: number });
  expect(left?.rows).toBeGreaterThan(0);
  expect(arrived?.rows).toBe(left?.rows);
}

/** The sandboxes die; they come back on their port, and the hub goes on. */
async function survivesItsSandboxes(hub: number, port: number): Promise<void> {
  const [child = 0] = childrenOf(hub).filter((pid) => commandOf(pid).includes("sandbox-host"));
  process.kill(child, "SIGKILL");
  await until("the sandboxes are back", async () => !isRunning(child) && (await answers(port)));
  const { stdout, code } = await status();
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ deadLetters: 0 });
}

test("a port in use is told by number, before anything is started", async () => {
  const { url, drop } = await freshDatabase();
  const holder = start([], { NAVE_DATA: join(folder, "one"), DATABASE_URL: url });
  await until("the first is up", () => /page +http/.test(holder.output()), 60_000);
  const [, port] = /page +http:\/\/127\.0\.0\.1:(\d+)/.exec(holder.output()) ?? [];
  const { code, stderr } = await nave(["start", "--config", config], {
    NAVE_PORT: port,
    NAVE_DATA: join(folder, "two"),
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(
    new RegExp(`^nave: port ${port} on 127.0.0.1 is in use by another program\\n +accepted: a free port`),
  );
  holder.child.kill("SIGTERM");
  await holder.ended;
  await drop();
}, 120_000);

function portOf(output: string): number {
  return Number(/erp at http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8");
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
