import { createWriteStream } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadManifest } from "../../../src/adapter-kit/load-manifest.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { exportStore } from "../../../src/store/export-import.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { nave, naveHere, startNave } from "./run-nave.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nave-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const commandsOf = (command: Command): Command[] =>
  command.commands.flatMap((one) => (one.commands.length > 0 ? commandsOf(one) : [one]));

describe("help", () => {
  test("every command says what it is for", () => {
    const silent = commandsOf(buildProgram()).filter((command) => command.description() === "");
    expect(silent.map((command) => command.name())).toEqual([]);
  });

  test("the documentation names every command", async () => {
    const text = await readFile("docs/cli.md", "utf8");
    for (const command of commandsOf(buildProgram())) {
      const parent = command.parent?.name() === "nave" ? "" : `${command.parent?.name()} `;
      expect(text).toContain(`nave ${parent}${command.name()}`);
    }
  });

  test("nave alone and nave --help succeed in saying so", async () => {
    const help = { code: 0, stdout: expect.stringContaining("Exit codes:"), stderr: "" };
    expect(await nave(["--help"])).toMatchObject(help);
    expect(await naveHere(["help"])).toMatchObject(help);
    expect(await naveHere(["dead", "retry", "--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Examples:"),
    });
  });
});

describe("what is wrong is told before anything is done", () => {
  test.each([
    [["stauts"], /unknown command 'stauts'.*Did you mean status\?/s],
    [["status", "--jsno"], /unknown option '--jsno'/],
    [["trace"], /missing required argument 'key'/],
    [["status", "--config", "/nowhere.yaml"], /cannot read the configuration/],
    [["schema", "diff", "/nowhere", "schemas"], /is no folder of schemas/],
    [["adapter", "new", "../evil"], /is no name for an adapter/],
    [["store", "import", "/nowhere"], /does not exist/],
  ])("nave %j", async (args, text) => {
    const { code, stdout, stderr } = await naveHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(text);
    expect(stderr).not.toMatch(/ at .*\.ts|node_modules/);
  });

  test("a configuration with a wrong key is refused naming the key and what it accepts", async () => {
    const file = join(folder, "wrong.yaml");
    await writeFile(
      file,
      "systems:\n  crm:\n    adapter: sandbox-crm\n    entitis: {}\n    entities: { customer: { take: true } }\n",
    );
    const { code, stderr } = await naveHere(["status", "--config", file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/systems\.crm has no key "entitis"; it accepts adapter/);
  });

  test("a process ends with the same words, no stack and its exit code", async () => {
    const { code, stdout, stderr } = await nave(["stauts"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/unknown command 'stauts'.*Did you mean status\?/s);
    expect(stderr).not.toMatch(/ at .*\.ts|node_modules/);
  });

  test("a reader who has seen enough ends the command, and is told nothing", async () => {
    const { child, ended } = startNave(["--help"]);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ stderr: "" });
  });

  test("a hub that does not run is told apart from one that refuses", async () => {
    const { code, stderr } = await naveHere(["status"], { NAVE_URL: "http://127.0.0.1:9" });
    expect(code).toBe(3);
    expect(stderr).toBe(
      'nave: no hub answers at http://127.0.0.1:9\n  start it with "nave start", or name another with NAVE_URL\n',
    );
  });
});

describe("commands that need no hub", () => {
  test("schema diff says whom a change breaks", async () => {
    const changed = join(folder, "schemas");
    await cp("schemas", changed, { recursive: true });
    const file = join(changed, "customer.schema.json");
    const schema = JSON.parse(await readFile(file, "utf8")) as { properties: Record<string, unknown> };
    delete schema.properties["website"];
    await writeFile(file, JSON.stringify(schema));
    expect(await naveHere(["schema", "diff", "schemas", "schemas"])).toMatchObject({
      code: 0,
      stdout: "no changes\n",
    });
    const { code, stdout } = await naveHere(["schema", "diff", "schemas", changed, "--json"]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ entity: "customer", path: "website", kind: "field-removed" }),
    ]);
  });

  test("flow lint accepts the flows that are shipped, and says what is wrong with others", async () => {
    expect(await naveHere(["flow", "lint"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ flows, 0 problems\n$/),
    });
    const flow = join(folder, "flows", "late");
    await mkdir(flow, { recursive: true });
    const nodes = [
      { id: "t", type: "tab", label: "late" },
      { id: "r", type: "rbe", z: "t", wires: [] },
      { id: "x", type: "no-such-node", z: "t", wires: [] },
    ];
    await writeFile(join(flow, "flow.json"), JSON.stringify(nodes));
    const { code, stdout } = await naveHere(["flow", "lint", join(folder, "flows")]);
    expect(code).toBe(4);
    expect(stdout).toContain("flow late: rbe (r) remembers values in memory");
    expect(stdout).toContain("no-such-node (x) is of a type that is not installed");
  });

  test("adapter new makes an adapter that loads, and says which lines to add", async () => {
    const adapters = join(folder, "adapters");
    const { code, stdout } = await naveHere(["adapter", "new", "my-crm", "--dir", adapters]);
    expect(code).toBe(0);
    expect(stdout).toContain("adapter: my-crm");
    expect(loadManifest(join(adapters, "my-crm"))).toMatchObject({
      name: "my-crm",
      entities: { customer: { native: "customers" } },
    });
    const { connect } = (await import(join(adapters, "my-crm", "index.ts"))) as { connect: unknown };
    expect(connect).toBeTypeOf("function");
    expect((await naveHere(["adapter", "new", "my-crm", "--dir", adapters])).code).toBe(2);
  });

  test("store export and import carry the whole store, into a new file and an empty store only", async () => {
    const [from, to] = [await freshDatabase(), await freshDatabase()];
    const store = await openDatabase({ url: from.url, dataDir: "unused" });
    await migrate(store);
    await store.query("insert into nave.setting (name, value) values ('carried', '1')");
    await store.close();
    const file = join(folder, "store.ndjson");
    const onFrom = { DATABASE_URL: from.url };
    const exported = await naveHere(["store", "export", file, "--json"], onFrom);
    expect(JSON.parse(exported.stdout)).toMatchObject({ rows: 1, tables: expect.any(Number) });
    expect((await naveHere(["store", "export", file], onFrom)).code).toBe(2);
    const imported = () => naveHere(["store", "import", file, "--json"], { DATABASE_URL: to.url });
    expect(JSON.parse((await imported()).stdout)).toMatchObject({ rows: 1 });
    expect(await imported()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("needs an empty database"),
    });
    for (const { drop } of [from, to]) await drop();
  });

  test("store import takes the file of an older version, and brings it to this one", async () => {
    const [from, to] = [await freshDatabase(), await freshDatabase()];
    const older = await openDatabase({ url: from.url, dataDir: "unused" });
    await migrate(older, undefined, { upTo: 1 });
    await older.query("insert into nave.system_state (system, paused_by) values ('crm', 'Ann')");
    const file = join(folder, "older.ndjson");
    await exportStore(older, createWriteStream(file));
    await older.close();
    const imported = () => naveHere(["store", "import", file, "--json"], { DATABASE_URL: to.url });
    expect(JSON.parse((await imported()).stdout)).toMatchObject({ rows: 1 });
    const newest = await openDatabase({ url: to.url, dataDir: "unused" });
    expect((await migrate(newest)).applied).toEqual([]);
    expect(await newest.query("select system, paused_by from nave.system_state")).toEqual([
      { system: "crm", paused_by: "Ann" },
    ]);
    await newest.close();
    expect(await imported()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("needs an empty database"),
    });
    const newer = join(folder, "newer.ndjson");
    await writeFile(newer, (await readFile(file, "utf8")).replace('"number":1', '"number":9999'));
    const untouched = await freshDatabase();
    expect(await naveHere(["store", "import", newer], { DATABASE_URL: untouched.url })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("was made at migration"),
    });
    for (const { drop } of [from, to, untouched]) await drop();
  });
});
