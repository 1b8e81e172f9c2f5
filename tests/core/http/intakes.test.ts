import { createHmac, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { until } from "../../services/until.ts";
import { type Answer, ask, HOOK_SECRET, type ServedHub, serveHub } from "./served-hub.ts";

type SentBody = NonNullable<RequestInit["body"]>;

let hub: ServedHub;
beforeAll(async () => {
  hub = await serveHub();
});
afterAll(() => hub?.close());

/** Whatever was sent: the process lives, and nothing was told that is nobody's business. */
afterEach(async () => {
  // oxlint-disable-next-line vitest/no-standalone-expect
  expect((await ask(`${hub.url}/health/ready`)).json).toEqual({ ready: true });
});

/** A clear refusal: 4xx, a problem with code and text, no stack, no path of this machine. */
function expectRefusal(answer: Answer, status: number): void {
  expect(answer.text).not.toMatch(/ at .*\.[jt]s|node_modules|\/src\/|\/tmp\/|\/home\//);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    status,
    code: expect.stringMatching(/^NAVE_/),
    detail: expect.any(String),
  });
  expect(answer.status).toBe(status);
}

const sign = (body: string | Buffer) =>
  `sha256=${createHmac("sha256", HOOK_SECRET).update(body).digest("hex")}`;

function hook(
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = "/hooks/crm",
): Promise<Answer> {
  const signed = { "x-sandbox-signature": sign(body), "content-type": "application/json" };
  return ask(`${hub.url}${path}`, {
    method: "POST",
    body: body as SentBody,
    headers: { ...signed, ...headers },
  });
}

const HOSTILE_XML = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY c "&b;&b;">]><a>&c;</a>`;

describe("web hooks", () => {
  test("a signed one is taken as a hint, and the record is read at its source", async () => {
    const id = await hub.crm.insert("customer", {
      displayName: "Hinted",
      customerNumber: "HINT-1",
      type: "COMPANY",
    });
    const answer = await hook(JSON.stringify({ events: [{ collection: "accounts", event: "create", id }] }));
    expect(answer).toMatchObject({ status: 202, json: { hints: 1 } });
  });

  test("what it claims about the record is not believed", async () => {
    const answer = await hook(
      JSON.stringify({ events: [{ collection: "accounts", event: "create", id: "acc_no_such" }] }),
    );
    expect(answer.status).toBe(202);
    expect(await listDeadLetters(hub.running.hub.db, 10)).toEqual([]);
  });

  test.each([
    ["a wrong signature", '{"events":[]}', { "x-sandbox-signature": "sha256=00" }],
    ["no signature", '{"events":[]}', { "x-sandbox-signature": "" }],
    ["a signature of something else", '{"events":[]}', { "x-sandbox-signature": sign("{}") }],
    ["no JSON", "not json at all", {}],
    ["JSON that is no list of events", '{"events":7}', {}],
    ["null", "null", {}],
    ["an empty body", "", {}],
    ["hostile XML", HOSTILE_XML, { "content-type": "application/xml" }],
    ["random bytes", randomBytes(2000), { "content-type": "application/octet-stream" }],
    ["an unknown encoding", '{"events":[]}', { "content-encoding": "rot13" }],
  ])("%s is refused", async (_what, body, headers) => {
    const answer = await hook(body, headers);
    expectRefusal(answer, headers["content-encoding" as keyof typeof headers] ? 415 : 400);
  });

  test("ids that no store can keep are not taken", async () => {
    const events = ["a\0b", "\ud800", "", "x".repeat(5000)].map((id) => ({
      collection: "accounts",
      event: "update",
      id,
    }));
    expect(await hook(JSON.stringify({ events }))).toMatchObject({ status: 202, json: { hints: 0 } });
  });

  test("more than a megabyte is refused, packed or not", async () => {
    expectRefusal(await hook(" ".repeat(1_000_001)), 413);
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expectRefusal(await hook(bomb, { "content-encoding": "gzip" }), 413);
  });

  test.each(["/hooks/erp", "/hooks/__proto__", "/hooks/..%2f..%2fetc%2fpasswd", "/hooks/crm/more", "/hooks"])(
    "%s is nobody's address",
    async (path) => {
      expectRefusal(await hook("{}", {}, path), 404);
    },
  );
});

describe("pushed records", () => {
  const path = "/in/crm/customer";
  const push = (records: unknown, more: { path?: string; token?: string | undefined } = {}) =>
    ask(`${hub.url}${more.path ?? path}`, {
      json: { records },
      ...("token" in more ? {} : { token: hub.token }),
    });

  test("become observations, each once", async () => {
    const native = { id: "acc_9001", displayName: "Pushed", customerNumber: "PUSH-1", type: "COMPANY" };
    const records = [{ localId: "acc_9001", native, modifiedAt: "2026-11-20T08:00:00Z" }];
    expect(await push(records)).toMatchObject({
      status: 202,
      json: { localIds: ["acc_9001"], accepted: 1, parked: 0 },
    });
    await until("the pushed record is known", async () => {
      const answer = await ask(`${hub.url}/api/trace?key=PUSH-1`, { token: hub.token });
      return answer.status === 200 && answer.text.includes("merged");
    });
  });

  test("a record that breaks its schema becomes a dead letter that says why, alone", async () => {
    const good = { localId: "acc_9002", native: { id: "acc_9002", displayName: "Good", type: "COMPANY" } };
    const bad = {
      localId: "acc_9003",
      native: { id: "acc_9003", displayName: "Bad", language: "Klingon, mostly" },
    };
    expect(await push([good, bad])).toMatchObject({ status: 202, json: { accepted: 1, parked: 1 } });
    const [letter] = await listDeadLetters(hub.running.hub.db, 10);
    expect(letter).toMatchObject({
      localId: "acc_9003",
      code: "NAVE_RECORD_INVALID",
      detail: { field: "language" },
    });
  });

  test("need to say who they are from", async () => {
    expectRefusal(await push([], { token: undefined }), 401);
    expectRefusal(await ask(`${hub.url}${path}`, { json: { records: [] }, token: "wrong" }), 401);
    expectRefusal(
      await ask(`${hub.url}${path}`, { json: {}, headers: { authorization: "Basic Zm9v" } }),
      401,
    );
    expectRefusal(await ask(`${hub.url}${path}`, { json: {}, headers: { authorization: "Digest x" } }), 401);
  });

  const deep = JSON.parse(`${'{"a":'.repeat(3000)}1${"}".repeat(3000)}`) as unknown;
  test.each<[string, unknown]>([
    ["no list", "records"],
    ["an empty list", []],
    ["too many", Array.from({ length: 1001 }, (_, n) => ({ localId: `${n}`, native: {} }))],
    ["a record that is no object", [7]],
    ["a null", [null]],
    ["no local id", [{ native: {} }]],
    ["an empty local id", [{ localId: "", native: {} }]],
    ["a local id with a NUL", [{ localId: "a\0", native: {} }]],
    ["a number as local id", [{ localId: 7, native: {} }]],
    ["no native record", [{ localId: "1" }]],
    ["a list as native record", [{ localId: "1", native: [] }]],
    ["a native record nested without end", [{ localId: "1", native: deep }]],
    ["an unknown property", [{ localId: "1", native: {}, admin: true }]],
    ["a time that is none", [{ localId: "1", native: {}, modifiedAt: "yesterday" }]],
    ["a deleted flag that is neither", [{ localId: "1", native: {}, deleted: "perhaps" }]],
  ])("%s is refused, saying what is accepted", async (_what, records) => {
    const answer = await push(records);
    expectRefusal(answer, 400);
    expect(answer.json["accepts"]).toEqual(expect.any(String));
  });

  const send = (body: SentBody, headers: Record<string, string> = { "content-type": "application/json" }) =>
    ask(`${hub.url}${path}`, { method: "POST", body, token: hub.token, headers });

  test.each<[string, SentBody, Record<string, string>, number]>([
    ["broken JSON", '{"records": [', { "content-type": "application/json" }, 400],
    ["a bare text", '"records"', { "content-type": "application/json" }, 400],
    [
      "numbers too large to be any",
      '{"records":[{"localId":"1","native":{"a":1e999}}]}',
      { "content-type": "application/json" },
      400,
    ],
    [
      "a prototype",
      '{"records":[{"localId":"1","native":{"__proto__":{"a":1}}}]}',
      { "content-type": "application/json" },
      400,
    ],
    ["XML", HOSTILE_XML, { "content-type": "application/xml" }, 415],
    ["a form", "records=1", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["no content type", new Uint8Array([123, 125]), {}, 415],
    ["Latin-1", "{}", { "content-type": "application/json; charset=iso-8859-1" }, 415],
    ["an unknown encoding", "{}", { "content-type": "application/json", "content-encoding": "lzma" }, 415],
    [
      "bytes that are not gzip",
      "{}",
      { "content-type": "application/json", "content-encoding": "gzip" },
      400,
    ],
    ["more than four megabytes", " ".repeat(4_000_001), { "content-type": "application/json" }, 413],
  ])("%s is refused", async (_what, body, headers, status) => {
    expectRefusal(await send(body, headers), status);
  });

  test.each([
    "/in/erp/customer",
    "/in/crm/opportunity",
    "/in/crm/no-such",
    "/in/crm",
    "/in/__proto__/constructor",
    "/in/crm/..%2f..%2fetc",
  ])("%s is nobody's address", async (elsewhere) => {
    expectRefusal(await push([{ localId: "1", native: {} }], { path: elsewhere }), 404);
  });

  test("a native record of any shape is taken or parked, never the end of the process", async () => {
    const natives = [
      { addresses: "none" },
      { addresses: [null, 7, "x", []] },
      { channels: { EMAIL: 1 } },
      { displayName: { first: "A" }, creditLimitCents: "a lot" },
      { displayName: "x".repeat(100_000) },
    ];
    const records = natives.map((native, n) => ({ localId: `odd-${n}`, native }));
    const answer = await push(records);
    expect(answer.status).toBe(202);
    expect(Number(answer.json["accepted"]) + Number(answer.json["parked"])).toBe(natives.length);
  });
});

/** Bytes as they are, and whatever comes back until the connection ends. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(hub.url).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => (answer += data.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", () => resolve(answer));
    socket.write(bytes);
  });

describe("the port itself", () => {
  test("what is no HTTP is told so, and the connection ends", async () => {
    expect(await raw("HELLO\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400 .*application\/problem\+json.*no HTTP request/s,
    );
    expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(
      await raw(
        "POST /hooks/crm HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each([
    "/console/../src/main.ts",
    "/console/..%2f..%2fpackage.json",
    "/console/%2e%2e/package.json",
    "/console/.hidden",
    "/console/",
    "/%zz",
    "/console/\0",
  ])("%s leads nowhere", async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toContain("dependencies");
  });
});
