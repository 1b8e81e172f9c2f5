import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Controlled, remoteSandbox } from "../../../src/adapter-kit/simulation/index.ts";

/** Starts `simulator/main.ts` with a data file; answers its control once it says where it listens. */
async function run(file: string): Promise<{ crm: Controlled; kill: () => Promise<void> }> {
  const main = fileURLToPath(new URL("../simulator/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "--port", "0", "--file", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  onTestFinished(kill);
  for await (const line of createInterface(child.stdout)) {
    const url = /at (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return { crm: remoteSandbox(url), kill };
  }
  throw new Error("the simulator ended without saying where it listens");
}

test("run as a process of its own, it is controlled from outside and keeps its records when killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nave-crm-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const first = await run(join(folder, "crm.sqlite"));
  const id = await first.crm.insert("customer", { displayName: "Ann" });
  await first.crm.edit("customer", id, { notes: "Called" });
  await first.crm.misbehave({ nameLimit: 30 });
  expect((await first.crm.misbehaviour()).nameLimit).toBe(30);
  await expect(first.crm.insert("customer", {})).rejects.toThrow("displayName is required");
  await first.kill();
  const second = await run(join(folder, "crm.sqlite"));
  expect(await second.crm.get("customer", id)).toMatchObject({ displayName: "Ann", notes: "Called" });
  expect((await second.crm.ledger()).map(({ kind }) => kind)).toEqual(["create", "update"]);
  expect(await second.crm.insert("customer", { displayName: "Bob" })).not.toBe(id);
});
