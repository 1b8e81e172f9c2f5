import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { HookRequest, Spoke } from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { failureOf } from "../../../tests/adapters/failures.ts";
import { until } from "../../../tests/services/until.ts";
import { startServer } from "../simulator/server.ts";

type Listening = { crm: SandboxServer; spoke: Spoke; received: HookRequest[] };

/** A CRM whose web hooks are collected as they arrive. */
async function listen(): Promise<Listening> {
  const received: HookRequest[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, query: {}, body: Buffer.concat(chunks) });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const crm = await startServer({ hookUrl });
  onTestFinished(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await crm.close();
  });
  const adapter = await loadAdapter(new URL("..", import.meta.url).pathname.replace(/\/$/, ""));
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const spoke = await adapter.connect({
    system: "crm",
    settings: crm.settings,
    manifest: adapter.manifest,
    log,
  });
  return { crm, spoke, received };
}

test("an edit in the CRM reaches the hub as a hint naming the record", async () => {
  const { crm, spoke, received } = await listen();
  const id = await crm.insert("customer", { displayName: "Ann" });
  await until("the hook arrives", () => received.length === 1);
  const [request] = received;
  expect(request && (await spoke.hook?.(request))).toEqual([{ entity: "customer", localId: id }]);
});

test("a hook with a wrong or missing signature, or a body that was changed, is refused", async () => {
  const { crm, spoke, received } = await listen();
  await crm.insert("customer", { displayName: "Ann" });
  await until("the hook arrives", () => received.length === 1);
  const [request] = received;
  if (!request || !spoke.hook) throw new Error("no hook");
  const forged = [
    { ...request, headers: {} },
    { ...request, headers: { "x-sandbox-signature": "sha256=00" } },
    { ...request, body: Buffer.from(request.body.toString().replace("acc_1", "acc_2")) },
  ];
  for (const hook of forged) expect((await failureOf(spoke.hook(hook))).code).toBe("NAVE_REQUEST_INVALID");
});

test("hooks come twice, late or not at all, as the far side is told", async () => {
  const { crm, received } = await listen();
  await crm.misbehave({ hookCopies: 2, loseEveryNthHook: 2, hookDelayMs: 30 });
  for (const name of ["one", "lost", "three"]) await crm.insert("customer", { displayName: name });
  await until("two hooks arrive twice", () => received.length === 4);
  const ids = received.map(({ body }) => /acc_\d/.exec(body.toString())?.[0] ?? "");
  expect(ids.toSorted((one, other) => one.localeCompare(other))).toEqual([
    "acc_1",
    "acc_1",
    "acc_3",
    "acc_3",
  ]);
});
