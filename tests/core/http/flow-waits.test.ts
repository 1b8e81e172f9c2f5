import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WaitRequest } from "../../../src/flows/hub-port.ts";
import { handOver } from "../../../src/flows/waits/hand-over.ts";
import type { ShownWait } from "../../../src/http/flow-wait-routes.ts";
import { naveHere } from "../cli/run-nave.ts";
import { ask, type ServedHub, serveHub } from "./served-hub.ts";

let hub: ServedHub;
beforeAll(async () => {
  hub = await serveHub();
});
afterAll(() => hub?.close());

type Kind = Pick<WaitRequest, "kind"> & Record<string, unknown>;

async function wait(flow: string, key: string, kind: Kind): Promise<void> {
  const { db } = hub.running.hub;
  const messageId = randomUUID();
  await db.query(
    `insert into nave.message (id, kind, entity, canonical_id, body, state, correlation_id)
     values ($1, 'changed', 'customer', $1, '{}', 'settled', $1)`,
    [messageId],
  );
  const place = { flow, flowVersion: "v1", node: `${flow}.${kind.kind}` };
  const request = { messageId, part: "", place, where: `${kind.kind} in flow ${flow}`, key, ...kind };
  const [result] = await handOver(hub.running.hub, [request as unknown as WaitRequest]);
  if (result?.status === "rejected") throw result.reason;
}
const list = async (query = "") =>
  (await ask(`${hub.url}/api/flows/waits${query}`, { token: hub.token })).json["waits"] as ShownWait[];

test("what waits is listed with flow, node, key, since when, until when, and for what; newest first, in pages", async () => {
  const message = { payload: { secret: "content" }, nave: {} };
  const due = { at: new Date("2100-01-01T00:00:00Z") };
  await wait("orders", "call/1", { kind: "deadline", due, message });
  const rules = { count: 10, most: 100 };
  await wait("orders", "C-1", { kind: "collect", item: { payload: {}, nave: {} }, rules });
  await wait("orders", "q-1", {
    kind: "approve",
    question: "?",
    candidates: ["role:admin"],
    mode: "any",
    message,
  });
  await wait("shipping", "order/1", { kind: "compensate", mode: "step", message });
  const all = await list();
  expect(all.map(({ flow, node, key, due, what }) => [flow, node, key, due, what])).toEqual([
    ["shipping", "shipping.compensate", "order/1", null, "can be undone"],
    ["orders", "orders.approve", "q-1", null, "asks role:admin"],
    ["orders", "orders.collect", "C-1", null, "collects; 1 have come"],
    ["orders", "orders.deadline", "call/1", "2100-01-01T00:00:00.000Z", "is missed when it is due"],
  ]);
  expect(JSON.stringify(all)).not.toContain("content");
  expect((await list("?flow=orders&limit=2")).map(({ key }) => key)).toEqual(["q-1", "C-1"]);
  expect((await list(`?flow=orders&after=${all[1]?.id}`)).map(({ key }) => key)).toEqual(["C-1", "call/1"]);
});

test.each(["?limit=0", "?after=7", "?flow=%00", "?node=x"])("%s is refused", async (query) => {
  const answer = await ask(`${hub.url}/api/flows/waits${query}`, { token: hub.token });
  expect(answer).toMatchObject({ status: 400, json: { accepts: expect.any(String) as string } });
});

test("nave flow waits lists them, of all flows or of one", async () => {
  const run = (...args: string[]) => naveHere(args, { NAVE_URL: hub.url, NAVE_DATA: hub.config.hub.dataDir });
  expect((await run("flow", "waits", "shipping")).stdout).toMatch(
    /shipping +shipping\.compensate +order\/1 .*can be undone/,
  );
  expect((await run("flow", "waits", "nowhere")).stdout).toBe("nothing waits\n");
  const { stdout } = await run("flow", "waits", "--limit", "1", "--json");
  expect((JSON.parse(stdout) as { waits: object[] }).waits).toHaveLength(1);
});
