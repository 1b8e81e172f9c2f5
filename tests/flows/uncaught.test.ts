import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const host = `${import.meta.dirname}/uncaught-host.ts`;

test("a node that throws in a timer or rejects a promise fails its message by name, and the process goes on", async () => {
  const { stdout } = await run(process.execPath, [host]);
  const fates = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(fates).toMatchObject([
    { entity: "timer", settled: 0, failures: [{ text: "thrown in a timer", where: { node: "timer.bad" } }] },
    {
      entity: "promise",
      settled: 0,
      failures: [{ text: "nobody awaits this", where: { node: "promise.bad" } }],
    },
    { entity: "well", settled: 1, failures: [] },
  ]);
});

test("an exception that no flow caused still ends the process", async () => {
  await expect(run(process.execPath, [host, "own"])).rejects.toMatchObject({
    code: 7,
    stderr: expect.stringContaining("a fault of the hub itself") as string,
  });
});
