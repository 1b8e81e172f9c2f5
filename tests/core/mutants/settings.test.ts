import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  isDone,
  keepProgress,
  type Result,
  readProgress,
  resultOf,
  withResult,
} from "../../mutants/progress.ts";
import { MutantsRefused, readSettings } from "../../mutants/read-settings.ts";
import { tableOf } from "../../mutants/report.ts";
import { runInGroup } from "../../mutants/run-in-group.ts";
import { until } from "../../services/until.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nave-mutants-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("without options twenty mutants of the first seed go through all steps", () => {
  expect(readSettings([])).toEqual({
    help: false,
    list: false,
    seed: 1,
    count: 20,
    until: "star",
    minutes: 0.5,
  });
});

test("options are read", () => {
  const args = ["--seed", "7", "--count", "all", "--only", "src/merge/types.ts:12", "--until", "core"];
  expect(readSettings([...args, "--minutes", "0.2", "--json", "out.json", "--list"])).toEqual({
    help: false,
    list: true,
    seed: 7,
    count: "all",
    only: { file: "src/merge/types.ts", line: 12 },
    until: "core",
    minutes: 0.2,
    json: "out.json",
  });
});

test.each([
  [["--seed", "x"], /--seed is "x"/],
  [["--count", "0"], /--count is "0"/],
  [["--count", "1.5"], /whole number/],
  [["--only", "src/merge/types.ts"], /such as src/],
  [["--until", "night"], /folder, nearest, core, flows, chaos, star/],
  [["--minutes", "-1"], /--minutes/],
  [["--fast"], /--fast/],
])("%j is refused with what would be accepted", (args, text) => {
  expect(() => readSettings(args)).toThrow(MutantsRefused);
  expect(() => readSettings(args)).toThrow(text);
});

const place = { line: 3, column: 9 };
const KILLED: Result = {
  name: "src/merge/a.ts:3:9-3:13 BooleanLiteral false",
  file: "src/merge/a.ts",
  start: place,
  end: { line: 3, column: 13 },
  kind: "BooleanLiteral",
  original: "true",
  replacement: "false",
  status: "killed",
  steps: ["nearest"],
  passing: [],
  killedBy: { step: "nearest", file: "tests/a.test.ts", test: "keeps its promise" },
  seconds: 4,
};
const { killedBy: _, ...rest } = KILLED;
const SURVIVED: Result = { ...rest, name: "other", status: "survived", steps: ["nearest", "core"] };

test("a run that is started again knows the results of the one before it", async () => {
  const settings = { json: join(folder, "kept.json"), seed: 7, count: 20 };
  const fresh = await readProgress(settings, "sources");
  expect(fresh.results).toEqual([]);
  await keepProgress(settings.json, withResult(fresh, KILLED));
  const again = await readProgress(settings, "sources");
  expect(resultOf(again, KILLED)).toEqual(KILLED);
  expect(withResult(again, { ...KILLED, seconds: 9 }).results).toHaveLength(1);
});

test("results of another draw or of other sources are not gone on from", async () => {
  const settings = { json: join(folder, "other.json"), seed: 7, count: 20 };
  await keepProgress(settings.json, await readProgress(settings, "sources"));
  await expect(readProgress({ ...settings, seed: 8 }, "sources")).rejects.toThrow(/other seed, 7/);
  await expect(readProgress(settings, "changed")).rejects.toThrow(/other sources/);
  writeFileSync(settings.json, "no JSON");
  await expect(readProgress(settings, "sources")).rejects.toThrow(MutantsRefused);
});

test("a survivor is done only when it has been through the last step that is wanted", () => {
  expect(isDone(undefined, "nearest")).toBe(false);
  expect(isDone(KILLED, "star")).toBe(true);
  expect(isDone(SURVIVED, "core")).toBe(true);
  expect(isDone(SURVIVED, "flows")).toBe(false);
});

test("the table counts the killed among those that compile, and names the survivors at its end", () => {
  const lines = tableOf([KILLED, SURVIVED, { ...KILLED, name: "third", status: "invalid" }]).split("\n");
  expect(lines.join("\n")).toContain("1 of 2 killed; 1 did not compile");
  expect(lines.at(-1)).toBe("survived: src/merge/a.ts:3:9 BooleanLiteral: true -> false");
});

test("a program that hangs is killed at its time limit, with what it has started", async () => {
  const server = `require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
  const script = `require("child_process").spawn(process.execPath, ["-e", process.argv[1]], { stdio: "inherit" })`;
  const ended = await runInGroup(process.execPath, ["-e", script, server], { cwd: folder, limitMs: 5_000 });
  expect(ended.timedOut).toBe(true);
  const port = Number(ended.output);
  expect(port).toBeGreaterThan(0);
  await until("what the program had started is gone", () => isRefused(port));
});

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
