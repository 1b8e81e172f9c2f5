import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { nave, naveHere } from "./run-nave.ts";

/** A copy of two of the flows shipped, in a git checkout of its own. */
let folder: string;
let flows: string;
const folders: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nave-flow-cli-"));
  folders.push(folder);
  flows = join(folder, "flows");
  for (const name of ["customer-sync", "order-sync"])
    await cp(join("flows", name), join(flows, name), { recursive: true });
});
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));

type Node = { id: string; [property: string]: unknown };

async function edit(flow: string, change: (nodes: Node[]) => Node[]): Promise<void> {
  const file = join(flows, flow, "flow.json");
  const nodes = JSON.parse(await readFile(file, "utf8")) as Node[];
  await writeFile(file, JSON.stringify(change(nodes)));
}
const set = (id: string, properties: object) => (nodes: Node[]) =>
  nodes.map((node) => (node.id === id ? { ...node, ...properties } : node));

function git(...args: string[]): void {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  execFileSync("git", ["-C", folder, ...identity, ...args], { stdio: "ignore" });
}
function commit(): void {
  git("init");
  git("add", ".");
  git("commit", "-m", "first");
}

describe("flow test", () => {
  test("passes with the flows that are shipped, as a process of its own", async () => {
    const { code, stdout, stderr } = await nave(["flow", "test"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\n\d+ cases, all passed\n$/);
  });

  test("runs the flows named, and answers JSON", async () => {
    const args = ["flow", "test", "customer-sync", "--folder", flows, "--json"];
    const { code, stdout } = await naveHere(args);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as { flows: { cases: unknown[] }[] };
    expect(answer).toMatchObject({
      failed: 0,
      flows: [{ flow: "customer-sync", version: expect.any(String) }],
    });
    expect(answer.flows[0]?.cases).toContainEqual({
      file: "customer-sync/cases/echo.yaml",
      title: "What a system was just told comes back, and ends here",
      passed: true,
      misses: [],
      log: [],
    });
  });

  test("exits with 4 when a case fails, which says where, and runs the others", async () => {
    await edit("customer-sync", set("customer-sync.merge", { echoes: "pass" }));
    const { code, stdout } = await naveHere(["flow", "test", "--folder", flows, "--json"]);
    expect(code).toBe(4);
    const { failed, passed, flows: reports } = JSON.parse(stdout);
    expect({ failed, hasPassed: passed > 5 }).toEqual({ failed: 1, hasPassed: true });
    const echo = reports[0].cases.find((one: { passed: boolean }) => !one.passed);
    expect(echo).toMatchObject({
      file: "customer-sync/cases/echo.yaml",
      misses: [
        { step: 1, kind: "wishes", found: { system: "crm", action: "hold", body: { name: "Ada Lovelace" } } },
        { step: 1, kind: "wishes", found: { system: "erp" } },
      ],
    });
  });

  test("exits with 4 for a broken case, naming file and key", async () => {
    await writeFile(join(flows, "customer-sync/cases/broken.yaml"), "title: it\nstep: []\n");
    const { code, stdout } = await naveHere(["flow", "test", "customer-sync", "--folder", flows]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/broken\.yaml: .*the file has no key "step"; it accepts title, given, steps/);
  });

  test("tells a flow without cases, which is no error", async () => {
    await rm(join(flows, "customer-sync/cases"), { recursive: true });
    const { code, stdout } = await naveHere(["flow", "test", "customer-sync", "--folder", flows]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "customer-sync: no cases\n\n0 cases, all passed; 1 flow without cases\n",
    });
  });

  test("refuses a name that no flow has", async () => {
    const { code, stdout, stderr } = await naveHere(["flow", "test", "custmer", "--folder", flows]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe('nave: there is no flow "custmer"\n  accepted: customer-sync, order-sync\n');
  });
});

describe("flow lint", () => {
  test("answers JSON: each flow with its version and problems", async () => {
    await edit("order-sync", (nodes) => nodes.filter((node) => node.id !== "order-sync.out"));
    const { code, stdout } = await naveHere(["flow", "lint", flows, "--json"]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toEqual([
      { flow: "customer-sync", version: expect.stringMatching(/^[0-9a-f]{12}$/), problems: [] },
      {
        flow: "order-sync",
        version: expect.stringMatching(/^[0-9a-f]{12}$/),
        problems: [
          {
            node: "order-sync.route",
            nodeType: "route",
            text: "is wired to order-sync.out, which is not there",
            remedy: "remove the wire, or bring the node back",
            sentence: expect.stringContaining("flow order-sync: route (order-sync.route) is wired to"),
          },
        ],
      },
    ]);
  });

  test("finds core nodes that are switched off, and a folder that was copied", async () => {
    await edit("order-sync", (nodes) => [...nodes, { id: "x", type: "exec", z: "order-sync", wires: [] }]);
    await cp(join(flows, "customer-sync"), join(flows, "my-customers"), { recursive: true });
    const { code, stdout } = await naveHere(["flow", "lint", flows]);
    expect(code).toBe(4);
    expect(stdout).toContain("exec (x) reaches beyond the flow");
    expect(stdout).toMatch(/flow my-customers: .* has the same id as a node of flow customer-sync/);
    expect(stdout).toMatch(/\n3 flows, 2 problems\n$/);
  });

  test("knows nodes that were installed by hand", async () => {
    const data = join(folder, "data");
    const palette = join(data, "node-red/node_modules/node-red-contrib-misbehaving");
    await cp("tests/flows/palette", palette, { recursive: true });
    const legacy = { id: "x", type: "legacy async", z: "order-sync", wires: [] };
    await edit("order-sync", (nodes) => [...nodes, legacy]);
    const config = join(folder, "nave.config.yaml");
    await writeFile(
      config,
      "systems:\n  crm: { adapter: sandbox-crm, entities: { customer: { take: true } } }\n",
    );
    expect(await naveHere(["flow", "lint", "--config", config])).toMatchObject({ code: 0 });
    await rm(palette, { recursive: true });
    expect(await naveHere(["flow", "lint", "--config", config])).toMatchObject({ code: 4 });
  });
});

describe("flow diff", () => {
  const diff = (...args: string[]) => naveHere(["flow", "diff", ...args, "--folder", flows]);

  test("compares with what is committed", async () => {
    commit();
    expect(await diff("customer-sync")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^customer-sync: the same as in HEAD \(version [0-9a-f]{12}\)\n$/),
    });
    await edit("customer-sync", set("customer-sync.merge", { echoes: "pass" }));
    const { code, stdout } = await diff("customer-sync");
    expect(code).toBe(4);
    expect(stdout).toContain('changed  merge (customer-sync.merge)\n         echoes: "end" -> "pass"\n');
  });

  test("answers JSON, and exits with 0 when only the drawing differs", async () => {
    commit();
    const layout = join(flows, "customer-sync/layout.json");
    const stands = JSON.parse(await readFile(layout, "utf8")) as Record<string, object>;
    await writeFile(layout, JSON.stringify({ ...stands, "customer-sync.merge": { x: 5, y: 5 } }));
    const { code, stdout } = await diff("customer-sync", "--json");
    expect(code).toBe(0);
    const { versions, ...answer } = JSON.parse(stdout);
    expect(answer).toEqual({
      flow: "customer-sync",
      against: "HEAD",
      behaves: false,
      added: [],
      removed: [],
      changed: [],
      wired: [],
      unwired: [],
      redrawn: [{ id: "customer-sync.merge", type: "merge" }],
    });
    expect(versions.before).toBe(versions.after);
  });

  test("finds the flow behind a folder that was renamed, and tells one that is new or gone", async () => {
    commit();
    await cp(join(flows, "order-sync"), join(flows, "orders"), { recursive: true });
    await rm(join(flows, "order-sync"), { recursive: true });
    expect((await diff("orders")).stdout).toMatch(/^orders: the same as in HEAD/);
    await rm(join(flows, "customer-sync"), { recursive: true });
    expect((await diff("customer-sync")).stdout).toMatch(/^customer-sync: gone, there in HEAD/);
    await mkdir(join(flows, "fresh"));
    await writeFile(join(flows, "fresh/flow.json"), JSON.stringify([{ id: "f", type: "tab", label: "f" }]));
    expect((await diff("fresh")).stdout).toMatch(
      /^fresh: new, not there in HEAD .*\nadded {4}tab "f" \(f\)\n$/,
    );
  });

  test("compares with another folder, or another revision", async () => {
    commit();
    await edit("customer-sync", set("customer-sync.merge", { echoes: "pass" }));
    git("commit", "-am", "second");
    expect((await diff("customer-sync")).code).toBe(0);
    expect((await diff("customer-sync", "--against", "HEAD~1")).code).toBe(4);
    expect((await diff("customer-sync", "--against", "flows")).code).toBe(4);
  });

  test("says what it cannot compare with", async () => {
    const outside = await diff("customer-sync");
    expect(outside).toMatchObject({ code: 2, stdout: "" });
    expect(outside.stderr).toMatch(/lies in no git checkout.*\n {2}accepted: --against <folder>/);
    commit();
    const unknown = await diff("customer-sync", "--against", "no-such-branch");
    expect(unknown.stderr).toContain('"no-such-branch" is neither a folder nor a revision that git knows');
    const option = await diff("customer-sync", "--against=--output=/tmp/x");
    expect(option).toMatchObject({ code: 2, stderr: expect.stringContaining("neither a folder nor") });
    const nowhere = await diff("custmer");
    expect(nowhere.stderr).toMatch(/no flow "custmer", neither now nor before\n {2}accepted: customer-sync/);
  });
});
