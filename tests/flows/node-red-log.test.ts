import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startFlows } from "../../src/flows/runtime.ts";
import { keptLog, type LogLine } from "../services/kept-log.ts";
import { drawBetween, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

/** What a start and a stop told an operator. */
async function toldBy(dirs: { flowsDir: string; userDir: string }): Promise<LogLine[]> {
  const { log, lines } = keptLog();
  const flows = await startFlows({ hub: new MemoryHub(), ...dirs, log });
  await flows.stop();
  return lines.filter(({ level }) => level === "warn" || level === "error");
}

test("the first start warns of nothing: that no credentials have been entered yet is no news", async () => {
  expect(await toldBy(await writeFlows({ a: drawBetween("a", {}) }))).toEqual([]);
});

test("credentials that cannot be read are told", async () => {
  const dirs = await writeFlows({ a: drawBetween("a", {}) });
  await mkdir(dirs.userDir, { recursive: true });
  const foreign = { $: "0123456789abcdef0123456789abcdefAAAA" };
  await writeFile(join(dirs.userDir, "flow-credentials.json"), JSON.stringify(foreign));
  const texts = (await toldBy(dirs)).map(({ text }) => text);
  expect(texts).toContainEqual(expect.stringContaining("Failed to decrypt credentials"));
});
