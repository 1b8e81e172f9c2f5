import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockDataDirectory } from "../../../src/store/data-lock.ts";

/** Four of them are waited for before a lock of another machine counts as left behind. */
const HEARTBEAT_MS = 300;

describe("the lock of the data directory", () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "nave-lock-test-"));
    file = path.join(directory, "nave.lock");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("names its holder and goes when it is released", async () => {
    const lock = await lockDataDirectory(directory);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test("is refused to the process that holds it", async () => {
    const lock = await lockDataDirectory(directory);
    await expect(lockDataDirectory(directory)).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock.release();
  });

  test("is taken by one only when several find it stale", async () => {
    await writeFile(
      file,
      JSON.stringify({ pid: process.pid, host: hostname(), startedAt: "another boot/1" }),
    );
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDirectory(directory)));
    const taken = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await taken[0]?.value.release();
  });

  test("is taken over when the process number now belongs to another process", async () => {
    await writeFile(
      file,
      JSON.stringify({ pid: process.pid, host: hostname(), startedAt: "another boot/1" }),
    );
    await (await lockDataDirectory(directory)).release();
  });

  test("is taken over from another host, or from nobody known, when it shows no sign of life", async () => {
    for (const text of [
      JSON.stringify({ pid: 1, host: "a-container-long-gone", startedAt: "whenever" }),
      "",
    ]) {
      await writeFile(file, text);
      await (await lockDataDirectory(directory, HEARTBEAT_MS)).release();
    }
  });

  test("is refused when another host shows signs of life", async () => {
    const text = JSON.stringify({ pid: 1, host: "a-living-container", startedAt: "today" });
    await writeFile(file, text);
    const heartbeat = setInterval(() => void writeFile(file, text), HEARTBEAT_MS);
    await expect(lockDataDirectory(directory, HEARTBEAT_MS)).rejects.toMatchObject({
      message: expect.stringContaining("a-living-container"),
    });
    clearInterval(heartbeat);
  });
});
