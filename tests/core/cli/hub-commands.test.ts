import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../services/until.ts";
import { type ServedHub, serveHub } from "../http/served-hub.ts";
import { type Ended, nave, naveHere } from "./run-nave.ts";

let hub: ServedHub;
let folder: string;
beforeAll(async () => {
  hub = await serveHub();
  folder = await mkdtemp(join(tmpdir(), "nave-cli-"));
  await hub.crm.insert("customer", { displayName: "Blauer See", customerNumber: "BLAUS", type: "COMPANY" });
  for (const n of [1, 2, 3]) {
    await hub.crm.insert("customer", {
      displayName: `Broken ${n}`,
      customerNumber: `BROKEN-${n}`,
      language: "Klingon, mostly",
    });
  }
});
afterAll(async () => {
  await hub?.close();
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({ NAVE_URL: hub.url, NAVE_DATA: hub.config.hub.dataDir });
const run = (...args: string[]): Promise<Ended> => naveHere(args, env());

/** Standard output holds one JSON document and nothing else; progress goes to standard error. */
async function json<Value>(...args: string[]): Promise<Value> {
  const { code, stdout } = await run(...args, "--json");
  expect(code).toBeOneOf([0, 4]);
  return JSON.parse(stdout) as Value;
}

test("bin/nave as a process: its answer, its exit code, and nothing else on standard output", async () => {
  const [status, refused] = await Promise.all([
    nave(["status", "--json"], env()),
    nave(["sync", "nowhere"], env()),
  ]);
  expect(status).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(status.stdout)).toMatchObject({ systems: { crm: expect.any(Object) } });
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("accepted: crm") });
});

test("sync reads a system now and says what it found", async () => {
  const scanned = await json<{ entity: string; read: number }[]>("sync", "crm", "customer", "--full");
  expect(scanned).toEqual([expect.objectContaining({ entity: "customer", read: 4 })]);
  const { code, stdout } = await run("sync", "crm");
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^entity +read +new or changed +parked\n/),
  });
});

test("status has the shape that scripts rely on", async () => {
  const status = await json<Record<string, unknown>>("status");
  expect(Object.keys(status).sort()).toEqual([
    "approvals",
    "comparedAt",
    "conflicts",
    "deadLetters",
    "inDoubt",
    "inSync",
    "processes",
    "systems",
  ]);
  expect((await run("status")).stdout).toMatch(/crm +customer +\d/);
});

test("trace tells the story by any key of the record, by local id and by the hub's own ids, hops in order", async () => {
  await until("the customer is merged", async () => (await run("trace", "BLAUS")).stdout.includes("merged"));
  type Story = {
    hops: { at: string; step: string }[];
    records: { canonicalId: string; systems: { localId: string }[] }[];
  };
  const story = await json<Story>("trace", "blauer see");
  expect(story.records).toHaveLength(1);
  expect(story.hops.map((hop) => hop.step).slice(0, 1)).toEqual(["accepted"]);
  expect(story.hops.map((hop) => hop.at)).toEqual(story.hops.map((hop) => hop.at).toSorted());
  const [record] = story.records;
  for (const key of [record?.canonicalId.toUpperCase() ?? "", record?.systems[0]?.localId ?? ""])
    expect((await json<Story>("trace", key)).records[0]?.canonicalId).toBe(record?.canonicalId);
});

test("dead letters: list, show, retry, drop", async () => {
  // What is dropped stays away only while nobody reads the same record again.
  await run("pause", "crm");
  const { deadLetters, total } = await json<{ total: number; deadLetters: { id: string }[] }>("dead", "list");
  expect(total).toBe(3);
  const id = deadLetters[0]?.id ?? "";
  const shown = (await run("dead", "show", id.slice(0, 8))).stdout;
  for (const part of [
    "customer crm/",
    "field: language",
    "value: Klingon",
    "accepted: ",
    "correct it in: CRM",
  ])
    expect(shown).toContain(part);
  expect((await run("dead", "drop", id)).stdout).toContain("dropped");
  expect(await json("dead", "drop", "--code", "NAVE_RECORD_INVALID")).toEqual({ done: 2, meanwhile: 0 });
  expect((await run("dead", "list")).stdout).toBe("no dead letters\n");
  expect(await run("dead", "retry")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("accepted: an id, a filter"),
  });
});

/** What the states of the systems say is up to half a second old. */
const told = (text: string) =>
  until(`the status tells: ${text}`, async () => (await run("status")).stdout.includes(text));

test("pause and resume", async () => {
  expect(await json("pause", "crm")).toEqual({ system: "crm", paused: true });
  await told("crm is paused: neither read nor written");
  expect(await json("resume", "crm")).toEqual({ system: "crm", paused: false });
});

test("read-only and read-write, and the status tells", async () => {
  expect(await json("read-only", "crm")).toEqual({ system: "crm", readOnly: true });
  await told("crm is read-only: read, and not written (nave read-write)");
  expect((await run("read-write", "crm")).stdout).toBe("crm is read and written\n");
  await until("nothing is told", async () => !(await run("status")).stdout.includes("read-only"));
});

test("what waits for a person is listed, and wrong decisions are refused in words", async () => {
  expect((await run("conflicts", "list")).stdout).toBe("no conflicts\n");
  expect((await run("match")).stdout).toBe("no doubtful matches\n");
  expect((await run("match", "merges")).stdout).toBe("no merges\n");
  expect((await run("deletes")).stdout).toBe("no mass deletes\n");
  expect(await run("conflicts", "decide", "7", "taken")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^nave: id is no id\n +accepted: an id such as/),
  });
  expect(await run("match", "same", "00000000-0000-4000-8000-000000000000")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no open review"),
  });
});

test("reconcile compares, and plans a repair without doing it", async () => {
  const { code, stdout } = await run("reconcile", "crm", "--entity", "product");
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("no differences") });
  expect(await json("reconcile", "crm", "--entity", "product", "--repair", "--dry-run")).toMatchObject({
    repairs: [],
  });
  expect(await run("reconcile", "--dry-run")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--repair"),
  });
  expect(await run("reconcile", "--repair", "--prefer", "erp")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Allowed choices are rules, hub"),
  });
  expect(await run("reconcile", "--prefer", "hub")).toMatchObject({ code: 2 });
});

test("onboard shows what would happen", async () => {
  const { stdout } = await run("onboard", "crm");
  expect(stdout).toContain("Nothing was written");
  expect(stdout).toMatch(/^entity +read +linked +matched/);
});

test("accounts are added with a password that is shown once", async () => {
  const { stdout } = await run("account", "add", "kim", "operator");
  expect(stdout).toMatch(/^kim is operator; password: [a-z2-9-]{23}\n$/);
  expect((await run("account")).stdout).toMatch(/kim +operator/);
  expect((await run("account", "remove", "kim")).code).toBe(0);
});

test("the doctor's bundle holds neither data nor secrets, and is its owner's", async () => {
  const file = join(folder, "bundle.json");
  const { stdout } = await run("doctor", "--bundle", file);
  expect(stdout).toContain("written to");
  const bundle = await readFile(file, "utf8");
  expect(JSON.parse(bundle)).toMatchObject({
    version: expect.any(String),
    systems: [{ name: "crm", answers: true }],
  });
  for (const secret of ["sandbox-crm-secret", "hook-secret-of-this-test", hub.token, "Blauer See", "BLAUS"])
    expect(bundle).not.toContain(secret);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("what the hub refuses is told in words, with what is accepted", async () => {
  expect(await run("sync", "nowhere")).toEqual({
    code: 1,
    stdout: "",
    stderr: 'nave: there is no system "nowhere"\n  accepted: crm\n',
  });
  const { code, stdout, stderr } = await run("trace", "nothing-like-it", "--json");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: "NAVE_REQUEST_INVALID", text: expect.any(String), accepts: expect.any(String) },
  });
});

test("texts of records cannot control the terminal", async () => {
  await hub.crm.insert("customer", {
    displayName: "\u001b[31mred\u001b[0m\nline",
    customerNumber: "CTRL-1",
    language: "\u001b]0;title\u0007 and more",
  });
  await run("sync", "crm", "customer");
  const { stdout } = await run("dead", "list");
  // oxlint-disable-next-line no-control-regex
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("a token that is not the hub's is refused with advice", async () => {
  const { code, stderr } = await naveHere(["dead", "list"], { NAVE_URL: hub.url, NAVE_TOKEN: "guessed" });
  expect(code).toBe(1);
  expect(stderr).toContain("NAVE_TOKEN");
});
