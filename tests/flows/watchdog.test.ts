import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { readDeathNote } from "../../src/watchdog/death-note.ts";
import { StandStill } from "../../src/watchdog/stand-still.ts";
import { until } from "../services/until.ts";

const HOST = join(import.meta.dirname, "watchdog-host.ts");

type Watched = {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  noteFile: string;
  /** The node that does not let go does. */
  letGo(): Promise<void>;
  said(): string;
  errors(): string;
  /** Sends a message through this flow. @returns its id. */
  send(flow: string): Promise<string>;
  /** The signal or code that it ended with. */
  ended: Promise<string>;
};

const children: Watched["child"][] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function watched(standStillMs: number, ...flags: string[]): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), "nave-watched-"));
  const noteFile = join(folder, "died-at.json");
  const goFile = join(folder, "go");
  const child = spawn(process.execPath, [...flags, HOST, String(standStillMs), noteFile], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LETS_GO_AT: goFile },
  });
  children.push(child);
  let said = "";
  let errors = "";
  child.stdout.on("data", (bytes: Buffer) => (said += String(bytes)));
  child.stderr.on("data", (bytes: Buffer) => (errors += String(bytes)));
  const ended = once(child, "close").then(([code, signal]) => String(signal ?? code));
  await until("it is ready", () => said.includes("ready"));
  const send = async (flow: string): Promise<string> => {
    const before = said.length;
    child.stdin.write(`${flow}\n`);
    await until("it is sent", () => /sent \S+\n/.test(said.slice(before)));
    return /sent (\S+)/.exec(said.slice(before))?.[1] ?? "";
  };
  const letGo = () => writeFile(goFile, "");
  return { child, noteFile, letGo, said: () => said, errors: () => errors, send, ended };
}

test("a function that loops for ever after its first await ends the process, naming flow, node and message", async () => {
  const hub = await watched(2000);
  const messageId = await hub.send("for ever");
  expect(await hub.ended).toBe("SIGKILL");
  const where = {
    flow: "for ever",
    node: "for ever.loops",
    nodeName: "loops",
    nodeType: "function",
    messageId,
  };
  const line = JSON.parse(hub.errors().trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
  expect(line).toMatchObject({
    ...where,
    msg: expect.stringMatching(
      /stood still for \d s in function "loops" \(for ever\.loops\) of flow for ever/,
    ) as string,
    stack: expect.arrayContaining([expect.stringContaining("Function node:for ever.loops")]) as string[],
  });
  expect(await readDeathNote(hub.noteFile)).toMatchObject({ ...where, how: "stood-still" });
});

test("a node that lets go in time is noted while it holds on, and then no more", async () => {
  const hub = await watched(30_000);
  const messageId = await hub.send("a while");
  await until("it is noted", () => existsSync(hub.noteFile));
  expect(await readDeathNote(hub.noteFile)).toMatchObject({ messageId, node: "a while.loops" });
  await hub.letGo();
  await until("it has settled", () => hub.said().includes("settled"));
  await until("the note is gone", () => !existsSync(hub.noteFile));
});

test("a node that ends the process is on record", async () => {
  const hub = await watched(30_000);
  const messageId = await hub.send("the end");
  expect(await hub.ended).toBe("3");
  expect(await readDeathNote(hub.noteFile)).toMatchObject({ messageId, node: "the end.ends", how: "exited" });
});

test("an ordinary end leaves no note", async () => {
  const hub = await watched(30_000);
  hub.child.stdin.end();
  expect(await hub.ended).toBe("0");
  expect(await readDeathNote(hub.noteFile)).toBeUndefined();
});

test("a process that was stopped from outside for longer goes on", async () => {
  const hub = await watched(2000);
  hub.child.kill("SIGSTOP");
  await sleep(4000);
  hub.child.kill("SIGCONT");
  await hub.send("at once");
  await until("it has settled", () => hub.said().includes("settled"));
});

test("under a debugger nothing is ended", async () => {
  const hub = await watched(1000, "--inspect=127.0.0.1:0");
  await hub.send("a while");
  await sleep(4000);
  await hub.letGo();
  await until("it has settled", () => hub.said().includes("settled"));
});

test("time in which the watching thread did not run itself does not count", () => {
  const loop = new StandStill(250);
  expect([loop.tick(0, 1), loop.tick(250, 1), loop.tick(500, 2), loop.tick(750, 2)]).toEqual([
    0, 250, 0, 250,
  ]);
  expect([loop.tick(60_000, 2), loop.tick(60_250, 2), loop.tick(60_500, 3)]).toEqual([750, 1000, 0]);
});
