import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type ServedHub, serveHub } from "./served-hub.ts";

let hub: ServedHub;
beforeAll(async () => {
  hub = await serveHub();
});
afterAll(() => hub?.close());

const post = (path: string, json: unknown = {}) => ask(`${hub.url}${path}`, { json, token: hub.token });
const login = (name: string, password: string, headers = {}) =>
  ask(`${hub.url}/api/session`, { json: { name, password }, headers });

const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});

const removeAccount = (name: string) =>
  ask(`${hub.url}/api/accounts/${name}`, { method: "DELETE", token: hub.token });

async function audited(action: string): Promise<{ actor: string; detail: unknown }[]> {
  return hub.running.hub.db.query("select actor, detail from nave.audit where action = $1 order by id", [
    action,
  ]);
}

describe("logging in", () => {
  beforeAll(async () => {
    await post("/api/accounts", { name: "vera", role: "viewer", password: "only looks at it" });
    await post("/api/accounts", { name: "otto", role: "operator", password: "operates all day" });
  });

  test("the first admin is made at the first start with a password that works", async () => {
    const { firstPassword = "" } = hub.running;
    expect(firstPassword).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
    const answer = await login("admin", firstPassword);
    expect(answer).toMatchObject({ status: 200, json: { name: "admin", role: "admin" } });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^nave_session=[^;]+; Max-Age=\d+; Path=\/; .*HttpOnly; SameSite=Strict$/,
    );
  });

  test("a session lasts until its password is changed, and cannot be forged", async () => {
    const answer = await login("otto", "operates all day");
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    const whoAmI = (value: string) => ask(`${hub.url}/api/session`, { headers: { cookie: value } });
    expect(await whoAmI(cookie)).toMatchObject({ status: 200, json: { name: "otto", role: "operator" } });
    const [name, until = "", signature] = cookie.split(".");
    expect((await whoAmI(`${name}.${Number(until) + 1}.${signature}`)).status).toBe(401);
    expect(
      (
        await whoAmI(
          cookie.replace(
            Buffer.from("otto").toString("base64url"),
            Buffer.from("admin").toString("base64url"),
          ),
        )
      ).status,
    ).toBe(401);
    await ask(`${hub.url}/api/accounts/otto/password`, {
      method: "PUT",
      json: { password: "another password" },
      token: hub.token,
    });
    expect((await whoAmI(cookie)).status).toBe(401);
  });

  test("roles bound what an account may do", async () => {
    const vera = basic("vera", "only looks at it");
    const otto = basic("otto", "another password");
    expect((await ask(`${hub.url}/api/dead-letters`, { headers: vera })).status).toBe(200);
    expect(await ask(`${hub.url}/api/systems/crm/pause`, { json: {}, headers: vera })).toMatchObject({
      status: 403,
      json: { accepts: "the role operator or higher" },
    });
    expect((await ask(`${hub.url}/api/systems/crm/pause`, { json: {}, headers: otto })).status).toBe(200);
    expect((await ask(`${hub.url}/api/systems/crm/resume`, { json: {}, headers: otto })).status).toBe(200);
    expect((await ask(`${hub.url}/api/accounts`, { headers: otto })).status).toBe(403);
    expect((await ask(`${hub.url}/in/crm/customer`, { json: { records: [] }, headers: vera })).status).toBe(
      403,
    );
    expect((await audited("pause")).at(-1)).toMatchObject({ actor: "otto", detail: { system: "crm" } });
  });

  test("who guesses has to wait, longer each time, and does not lock others out", async () => {
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect((await login("vera", `guess ${attempt}`)).status).toBe(401);
    const refused = await login("vera", "only looks at it");
    expect(refused).toMatchObject({
      status: 429,
      json: { accepts: expect.stringContaining("another attempt in") },
    });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await login("otto", "another password")).status).toBe(200);
  });

  test("a name that does not exist is told as little as a wrong password", async () => {
    const [nobody, wrong] = [await login("nobody", "x"), await login("otto", "x")];
    expect(nobody.json).toEqual(wrong.json);
  });

  test.each<[string, unknown]>([
    ["no name", { password: "x" }],
    ["a list", []],
    ["an object as name", { name: { $gt: "" }, password: "x" }],
    ["a NUL in the name", { name: "a\0", password: "x" }],
    ["a very long password", { name: "otto", password: "x".repeat(201) }],
    ["another property", { name: "otto", password: "x", role: "admin" }],
  ])("%s is refused", async (_what, json) => {
    expect((await ask(`${hub.url}/api/session`, { json })).status).toBe(400);
  });

  test("another site can make a browser send nothing here", async () => {
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      expect((await login("otto", "another password", headers)).status).toBe(403);
      expect(
        (await ask(`${hub.url}/api/systems/crm/pause`, { json: {}, token: hub.token, headers })).status,
      ).toBe(403);
    }
    expect((await login("otto", "another password", { origin: hub.url })).status).toBe(200);
  });

  test("the last admin cannot be removed", async () => {
    expect((await removeAccount("admin")).status).toBe(404);
    expect((await removeAccount("vera")).status).toBe(204);
    expect((await ask(`${hub.url}/api/accounts`, { token: hub.token })).text).not.toContain("vera");
  });

  test("the editor wants a login, and takes the hub's", async () => {
    expect((await ask(`${hub.url}/editor/flows`)).status).toBe(401);
    const body = new URLSearchParams({
      client_id: "node-red-editor",
      grant_type: "password",
      scope: "",
      username: "admin",
      password: hub.running.firstPassword ?? "",
    });
    const answer = await ask(`${hub.url}/editor/auth/token`, { method: "POST", body });
    expect(answer).toMatchObject({ status: 200, json: { access_token: expect.any(String) } });
    const flows = await ask(`${hub.url}/editor/flows`, { token: String(answer.json["access_token"]) });
    expect(flows.text).toContain("customer-sync");
  });
});
