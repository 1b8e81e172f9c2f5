import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job } from "../../../src/http/jobs.ts";
import { until } from "../../services/until.ts";
import { type Answer, ask, type ServedHub, serveHub } from "./served-hub.ts";

let hub: ServedHub;
beforeAll(async () => {
  hub = await serveHub();
});
afterAll(() => hub?.close());

const get = (path: string, token: string | undefined = hub.token) =>
  ask(`${hub.url}${path}`, token === "" ? {} : { token });
const post = (path: string, json: unknown = {}) => ask(`${hub.url}${path}`, { json, token: hub.token });

async function finished(answer: Answer): Promise<Job> {
  expect(answer.status).toBe(202);
  let job = answer.json as unknown as Job;
  await until(`${job.title} has ended`, async () => {
    job = (await get(`/api/jobs/${job.id}`)).json as unknown as Job;
    return job.state !== "running";
  });
  return job;
}

async function quiet(): Promise<void> {
  await until("nothing is pending", async () => {
    const { systems } = (await get("/api/status", "")).json as {
      systems: Record<string, Record<string, { pending: number }>>;
    };
    return Object.values(systems["crm"] ?? {}).every(({ pending }) => pending === 0);
  });
}

async function audited(action: string): Promise<{ actor: string; detail: unknown }[]> {
  return hub.running.hub.db.query("select actor, detail from nave.audit where action = $1 order by id", [
    action,
  ]);
}

const broken = (n: number) => ({
  displayName: `Broken ${n}`,
  customerNumber: `BROKEN-${n}`,
  type: "COMPANY",
  language: "Klingon, mostly",
});

const writes = async () =>
  (await hub.crm.ledger()).filter((entry) => ["create", "update", "delete"].includes(entry.kind)).length;

describe("what is open", () => {
  test("the status has exactly the promised shape", async () => {
    const { status, json } = await get("/api/status", "");
    expect(status).toBe(200);
    expect(Object.keys(json).sort()).toEqual([
      "approvals",
      "comparedAt",
      "conflicts",
      "deadLetters",
      "inDoubt",
      "inSync",
      "processes",
      "systems",
    ]);
    expect(json["processes"]).toEqual([
      {
        roles: ["poll", "work", "api"],
        since: expect.any(String),
        leases: expect.any(Array),
        cpuMs: expect.any(Number),
        tickets: expect.any(Number),
      },
    ]);
    expect(json["systems"]).toMatchObject({
      crm: {
        customer: { records: expect.any(Number), pending: expect.any(Number), parked: expect.any(Number) },
      },
    });
  });

  test("liveness and readiness", async () => {
    expect(await get("/health/live", "")).toMatchObject({ status: 200, json: { live: true } });
    expect(await get("/health/ready", "")).toMatchObject({ status: 200, json: { ready: true } });
  });

  test("error texts of systems are shown to those who have logged in only", async () => {
    await hub.crm.misbehave({ down: true });
    await until("the CRM is known to be down", async () =>
      (await get("/api/star", "")).text.includes('"down"'),
    );
    expect((await get("/api/star", "")).text).not.toContain("lastError");
    expect((await get("/api/star")).text).toContain("lastError");
    await hub.crm.misbehave({ down: false });
    await until("the CRM is back", async () => !(await get("/api/star", "")).text.includes('"down"'));
  });

  test.each([
    "/api/trace?key=x",
    "/api/dead-letters",
    "/api/approvals",
    "/api/flows/waits",
    "/api/conflicts",
    "/api/reviews",
    "/api/delete-holds",
    "/api/jobs",
    "/api/doctor",
    "/api/accounts",
    "/api/identity-merges",
    "/api/session",
  ])("%s is not", async (path) => {
    expect(await get(path, "")).toMatchObject({
      status: 401,
      json: { code: "NAVE_REQUEST_INVALID", accepts: expect.any(String) },
    });
    expect((await get(path, "guessed")).status).toBe(401);
  });

  test("every answer carries the headers that keep browsers careful", async () => {
    for (const path of ["/", "/api/status", "/nowhere", "/console/status.js"]) {
      const { headers } = await get(path, "");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });
});

describe("operating", () => {
  test("a system is read at once on request, with progress", async () => {
    await hub.crm.insert("customer", { displayName: "Asked for", customerNumber: "SYNC-1", type: "COMPANY" });
    const job = await finished(await post("/api/systems/crm/sync", { entity: "customer", full: true }));
    expect(job).toMatchObject({
      state: "done",
      startedBy: "token",
      result: [{ entity: "customer", read: expect.any(Number) }],
    });
    await quiet();
    expect((await get("/api/trace?key=sync-1")).json).toMatchObject({
      records: [{ entity: "customer", systems: [{ system: "crm" }] }],
    });
  });

  test("a key nobody knows is not found, and says what keys there are", async () => {
    expect(await get("/api/trace?key=no-such-thing")).toMatchObject({
      status: 404,
      json: { field: "key", accepts: expect.stringContaining("order number") },
    });
    expect((await get("/api/trace?key=%00")).status).toBe(400);
    expect((await get("/api/trace")).status).toBe(400);
    expect((await get("/api/trace?key=a&key=b")).status).toBe(400);
  });

  test("who looked at a story is recorded", async () => {
    expect((await audited("trace")).at(0)).toMatchObject({ actor: "token", detail: { key: "sync-1" } });
  });

  test("a record is found by the name it has been given since, and no longer by the one before", async () => {
    const names = { displayName: "Before Works", customerNumber: "RENAMED-1", type: "COMPANY" };
    const crm = await hub.crm.insert("customer", names);
    await finished(await post("/api/systems/crm/sync", { entity: "customer" }));
    await quiet();
    expect((await get("/api/trace?key=before works")).json).toMatchObject({ records: [{}] });
    await hub.crm.edit("customer", crm, { displayName: "Afterwards Works" });
    await finished(await post("/api/systems/crm/sync", { entity: "customer" }));
    await quiet();
    expect((await get("/api/trace?key=afterwards works")).json).toMatchObject({ records: [{}] });
    expect((await get("/api/trace?key=before works")).status).toBe(404);
  });

  test("dead letters are listed, shown, dropped one by one and in bulk, and only those that match", async () => {
    for (const n of [1, 2, 3]) await hub.crm.insert("customer", broken(n));
    await finished(await post("/api/systems/crm/sync", { entity: "customer" }));
    const list = async () =>
      (await get("/api/dead-letters?system=crm")).json as {
        total: number;
        deadLetters: { id: string; text: string }[];
      };
    await until("all three are parked", async () => (await list()).total === 3);
    // What is dropped stays away only while nobody reads the same record again.
    await post("/api/systems/crm/pause");
    const [first] = (await list()).deadLetters;
    const id = first?.id ?? "";
    expect((await get(`/api/dead-letters/${id.slice(0, 8)}`)).json).toMatchObject({
      id,
      code: "NAVE_RECORD_INVALID",
      owner: "sales operations",
    });
    expect((await post(`/api/dead-letters/${id}/drop`)).json).toMatchObject({ id, state: "dropped" });
    expect((await get("/api/dead-letters?entity=order")).json).toMatchObject({ total: 0 });
    expect(await post("/api/dead-letters/drop", {})).toMatchObject({
      status: 400,
      json: { accepts: expect.stringContaining("all: true") },
    });
    const job = await finished(
      await post("/api/dead-letters/drop", { code: "NAVE_RECORD_INVALID", perSecond: 100 }),
    );
    expect(job).toMatchObject({ state: "done", result: { done: 2, meanwhile: 0 } });
    expect((await list()).total).toBe(0);
    await post("/api/systems/crm/resume");
  });

  test("a read-only system is read on and not written; what it shall hold waits until it is written again", async () => {
    const native = { displayName: "Kept", customerNumber: "KEPT-1", type: "COMPANY", creditRating: "A" };
    const id = await hub.crm.insert("customer", native);
    const story = async () => (await get("/api/trace?key=KEPT-1")).text;
    const state = async () => ((await get("/api/star", "")).json["systems"] as { state: string }[])[0]?.state;
    await until("it is merged", async () => (await story()).includes("merged"));
    await quiet();
    const answer = await post("/api/systems/crm/read-only");
    expect(answer).toMatchObject({ status: 200, json: { system: "crm", readOnly: true } });
    await until("the star shows it", async () => (await state()) === "read-only");
    // The rating belongs to another system: the edit is to be set back.
    await hub.crm.edit("customer", id, { creditRating: "Z" });
    const before = await writes();
    await until("the edit is overruled", async () => (await story()).includes("overruled"));
    await finished(await post("/api/systems/crm/sync", { entity: "customer" }));
    expect(await writes()).toBe(before);
    expect(await hub.crm.get("customer", id)).toMatchObject({ creditRating: "Z" });
    expect((await post("/api/systems/crm/read-write")).json).toEqual({ system: "crm", readOnly: false });
    await until("it is set back", async () => (await hub.crm.get("customer", id))?.["creditRating"] === "A");
    await until("the star shows that too", async () => (await state()) === "ok");
    expect(await audited("read-only")).toMatchObject([{ actor: "token", detail: { system: "crm" } }]);
  });

  test("a dead letter cannot be settled twice", async () => {
    const [row] = await hub.running.hub.db.query<{ id: string }>("select id from nave.dead_letter limit 1");
    expect(await post(`/api/dead-letters/${row?.id}/retry`)).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining("already") },
    });
  });

  test("reconciliation finds what drifted, and repairs it as a dry run first", async () => {
    await quiet();
    const job = await finished(await post("/api/reconciliations", { system: "crm", entity: "customer" }));
    expect(job).toMatchObject({
      state: "done",
      result: [{ system: "crm", entity: "customer", id: expect.any(String) }],
    });
    const [report] = job.result as [{ id: string }];
    const dry = await post(`/api/reconciliations/${report.id}/repair`, { dryRun: true });
    expect(dry).toMatchObject({ status: 200, json: { dryRun: true, repaired: 0, steps: expect.any(Array) } });
    const preferring = (prefer: string) =>
      post(`/api/reconciliations/${report.id}/repair`, { dryRun: true, prefer });
    expect(await preferring("hub")).toMatchObject({ status: 200, json: { prefer: "hub", repaired: 0 } });
    expect(await preferring("crm")).toMatchObject({ status: 400, json: { accepts: "rules, hub" } });
  });

  test("onboarding previews without writing", async () => {
    const before = await writes();
    const job = await finished(await post("/api/systems/crm/onboarding"));
    expect(job.result).toEqual(
      expect.arrayContaining([expect.objectContaining({ entity: "customer", read: expect.any(Number) })]),
    );
    expect(await writes()).toBe(before);
  });

  test("a check-up tells everything but data and secrets", async () => {
    const { status, json, text } = await get("/api/doctor");
    expect(status).toBe(200);
    expect(json).toMatchObject({
      version: expect.any(String),
      store: { engine: "postgres" },
      systems: [{ name: "crm", answers: true }],
      findings: expect.any(Array),
    });
    for (const secret of ["sandbox-crm-secret", "hook-secret-of-this-test", hub.token, "Asked for", "SYNC-1"])
      expect(text).not.toContain(secret);
  });

  test("an unexpected failure shows nothing but where the log says more", async () => {
    const [row] = await hub.running.hub.db.query<{ id: string }>("select gen_random_uuid() as id");
    const answer = await post(`/api/conflicts/${row?.id}`, { decision: "taken" });
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining("no open conflict") },
    });
    const { db } = hub.running.hub;
    await db.query("alter table nave.conflict rename to conflict_elsewhere");
    const failure = await get("/api/conflicts");
    await db.query("alter table nave.conflict_elsewhere rename to conflict");
    expect(failure.status).toBeGreaterThanOrEqual(500);
    expect(failure.text).not.toMatch(/relation|select|nave\.conflict|\.ts/);
  });

  test.each<[string, unknown, number]>([
    ["/api/systems/crm/sync", { entity: "opportunity" }, 404],
    ["/api/systems/crm/sync", { full: "certainly" }, 400],
    ["/api/systems/nowhere/pause", {}, 404],
    ["/api/systems/__proto__/pause", {}, 404],
    ["/api/systems/nowhere/read-only", {}, 404],
    ["/api/systems/crm/read-only", { until: "tomorrow" }, 400],
    ["/api/reconciliations", { entity: "no-such" }, 404],
    ["/api/reconciliations/7/repair", {}, 400],
    ["/api/conflicts/7", { decision: "taken" }, 400],
    ["/api/conflicts/00000000-0000-4000-8000-000000000000", { decision: "perhaps" }, 400],
    ["/api/reviews/00000000-0000-4000-8000-000000000000", { decision: "same" }, 400],
    ["/api/delete-holds/00000000-0000-4000-8000-000000000000", { decision: "confirmed" }, 400],
    ["/api/identity-merges", { entity: "customer", survivorId: "1", absorbedId: "2" }, 400],
    ["/api/dead-letters/%25%25%25%25/retry", {}, 404],
    ["/api/accounts", { name: "kim", role: "king", password: "long enough it is" }, 400],
    ["/api/accounts", { name: "kim", role: "viewer", password: "short" }, 400],
    ["/api/accounts", { name: "../kim", role: "viewer", password: "long enough it is" }, 400],
    ["/api/no/such/thing", {}, 404],
  ])("%s with %j is refused", async (path, json, status) => {
    const answer = await post(path, json);
    expect(answer).toMatchObject({
      status,
      json: { status, code: expect.stringMatching(/^NAVE_/), detail: expect.any(String) },
    });
  });
});
