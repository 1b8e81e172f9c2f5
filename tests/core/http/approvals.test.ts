import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naveHere } from "../cli/run-nave.ts";
import { askPeople } from "./asked.ts";
import { ask, type ServedHub, serveHub } from "./served-hub.ts";

const FORM = {
  properties: {
    limit: { type: "number" as const },
    insured: { type: "boolean" as const },
    tier: { type: "string" as const, enum: ["A", "B"] },
  },
  required: ["limit"],
};
const PASSWORD = "a long password";

let hub: ServedHub;
let folder: string;
beforeAll(async () => {
  hub = await serveHub();
  folder = await mkdtemp(join(tmpdir(), "nave-approvals-"));
  for (const [name, role] of [
    ["kim", "operator"],
    ["lee", "operator"],
    ["mia", "viewer"],
  ])
    await ask(`${hub.url}/api/accounts`, { json: { name, role, password: PASSWORD }, token: hub.token });
});
afterAll(async () => {
  await hub?.close();
  await rm(folder, { recursive: true, force: true });
});

const by = (name: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString("base64")}` },
});
const get = (path: string, name: string) => ask(`${hub.url}${path}`, by(name));
const decide = (id: string, name: string, json: object = { decision: "approved" }) =>
  ask(`${hub.url}/api/approvals/${id}/decision`, { ...by(name), json });
const question = (rest: Parameters<typeof askPeople>[1] = {}) => askPeople(hub.running.hub, rest);
const idsOf = async (name: string, query = "") =>
  ((await get(`/api/approvals${query}`, name)).json["approvals"] as { id: string }[]).map(({ id }) => id);

describe("over HTTP", () => {
  test("who is asked sees the question with its form, decides it, and finds it among those decided", async () => {
    const id = await question({ candidates: ["kim"], form: FORM });
    expect((await get(`/api/approvals/${id}`, "kim")).json).toMatchObject({
      id,
      state: "open",
      question: "Deliver order 4711?",
      candidates: ["kim"],
      form: FORM,
      mayDecide: true,
      flow: "orders",
    });
    const answer = await decide(id, "kim", { decision: "approved", values: { limit: 5 }, comment: "fine" });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        state: "approved",
        mayDecide: false,
        decisions: [{ by: "kim", values: { limit: 5 }, comment: "fine" }],
      },
    });
    expect(await idsOf("kim")).not.toContain(id);
    expect(await idsOf("kim", "?state=all")).toContain(id);
  });

  test("who is not asked neither sees nor decides it; an admin does, with the token too", async () => {
    const id = await question({ candidates: ["kim"] });
    expect(await idsOf("lee", "?state=all")).not.toContain(id);
    expect((await get(`/api/approvals/${id}`, "lee")).status).toBe(403);
    expect(await decide(id, "lee")).toMatchObject({
      status: 403,
      json: { detail: `lee is not asked in approval ${id}`, accepts: "kim, or an admin" },
    });
    const answer = await ask(`${hub.url}/api/approvals/${id}/decision`, {
      json: { decision: "rejected" },
      token: hub.token,
    });
    expect(answer.json).toMatchObject({ state: "rejected", decisions: [{ by: "token", candidate: null }] });
  });

  test("a viewer who is asked may decide", async () => {
    expect(await decide(await question({ candidates: ["mia"] }), "mia")).toMatchObject({ status: 200 });
  });

  test("an answer that comes twice, or too late, is told who was first", async () => {
    const id = await question({ candidates: ["kim", "lee"] });
    await decide(id, "kim");
    for (const name of ["kim", "lee"]) {
      expect(await decide(id, name)).toMatchObject({
        status: 409,
        json: { detail: expect.stringMatching(`approval ${id} is approved: approved by kim at 2`) as string },
      });
    }
    const both = await question({ candidates: ["kim", "lee"], mode: "all" });
    await decide(both, "kim");
    expect((await decide(both, "kim")).json).toMatchObject({
      status: 409,
      detail: expect.stringContaining("kim has decided about approval") as string,
    });
  });

  test.each([
    [{}, 400, "decision"],
    [{ decision: "perhaps" }, 400, "decision"],
    [{ decision: "approved" }, 400, "values.limit"],
    [{ decision: "approved", values: [] }, 400, "values"],
    [{ decision: "approved", values: null }, 400, "values.limit"],
    [{ decision: "approved", values: { limit: "5" } }, 400, "values.limit"],
    [{ decision: "approved", values: { limit: 5, tier: "C" } }, 400, "values.tier"],
    [{ decision: "approved", values: { limit: 5 }, comment: "x".repeat(2001) }, 400, "comment"],
    [{ decision: "approved", values: { limit: 5 }, reason: "x" }, 400, "reason"],
  ])("%j is refused, naming the field, and nothing is decided", async (json, status, field) => {
    const id = await question({ form: FORM });
    expect(await decide(id, "kim", json)).toMatchObject({
      status,
      json: { field, code: "NAVE_REQUEST_INVALID" },
    });
    expect((await get(`/api/approvals/${id}`, "kim")).json).toMatchObject({ state: "open", decisions: [] });
  });

  test("what does not exist is not found; what is no id is refused", async () => {
    expect((await decide("00000000-0000-4000-8000-000000000000", "kim")).status).toBe(404);
    expect((await get("/api/approvals/00000000-0000-4000-8000-000000000000", "kim")).status).toBe(404);
    expect((await decide("7", "kim")).status).toBe(400);
    expect((await get("/api/approvals?state=closed", "kim")).status).toBe(400);
    expect((await ask(`${hub.url}/api/approvals/7/decision`, { json: {} })).status).toBe(401);
  });

  test("the list comes in pages, and the status counts what is open", async () => {
    const ids = [await question(), await question(), await question()].reverse();
    const first = await idsOf("kim", "?limit=2");
    expect(first).toEqual(ids.slice(0, 2));
    expect((await idsOf("kim", `?limit=2&after=${first[1]}`))[0]).toBe(ids[2]);
    const { json } = await ask(`${hub.url}/api/status`);
    const open = (await ask(`${hub.url}/api/approvals`, { token: hub.token })).json["approvals"] as object[];
    expect(json["approvals"]).toBe(open.length);
  });
});

describe("nave approvals", () => {
  const run = (...args: string[]) => naveHere(args, { NAVE_URL: hub.url, NAVE_DATA: hub.config.hub.dataDir });

  test("lists, shows and decides, with the values of the form", async () => {
    const id = await question({ form: FORM, question: "Raise the limit?", candidates: ["kim"] });
    expect((await run("approvals")).stdout).toMatch(new RegExp(`${id} .* kim +open +Raise the limit\\?`));
    const shown = (await run("approvals", "show", id)).stdout;
    for (const part of [
      "Raise the limit?",
      "asked      kim",
      "field      limit: number, required",
      "tier: A | B",
    ])
      expect(shown).toContain(part);
    const given = [
      "--value",
      "limit=500",
      "--value",
      "insured=true",
      "--value",
      "tier=A",
      "--comment",
      "good payer",
    ];
    expect((await run("approvals", "decide", id, "approved", ...given)).stdout).toBe(
      `approval ${id}: approved\n`,
    );
    expect(JSON.parse((await run("approvals", "show", id, "--json")).stdout)).toMatchObject({
      decisions: [{ by: "token", values: { limit: 500, insured: true, tier: "A" }, comment: "good payer" }],
    });
    expect((await run("approvals", "list", "--all")).stdout).toContain(id);
  });

  test("says what is wrong", async () => {
    const id = await question({ form: FORM });
    expect(await run("approvals", "decide", id, "approved", "--value", "limit")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("accepted: name=value") as string,
    });
    expect(await run("approvals", "decide", id, "approved", "--value", "limit=much")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("limit is not accepted") as string,
    });
  });
});
