import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { httpClient, retryAfterMs } from "../../src/adapter-kit/http-client.ts";
import { outcomeOfError } from "../../src/adapter-kit/http-faults.ts";
import { failureOf, spelledOut } from "./failures.ts";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answering = (status: number, headers: Record<string, string> = {}, body = "") =>
  serve((request, response) =>
    request.resume().on("end", () => response.writeHead(status, headers).end(body)),
  );

const READ = { method: "GET", path: "/things?token=hush" } as const;
const WRITE = { method: "POST", path: "/things", body: { name: "x" }, writes: true } as const;

test.each([401, 403])("HTTP %i is refused credentials", async (status) => {
  const http = httpClient({ baseUrl: await answering(status), timeoutMs: 1000 });
  expect((await failureOf(http(READ))).code).toBe("NAVE_CREDENTIALS_REFUSED");
});

test.each([
  [429, "NAVE_SYSTEM_UNAVAILABLE", "NAVE_SYSTEM_UNAVAILABLE"],
  [503, "NAVE_SYSTEM_UNAVAILABLE", "NAVE_SYSTEM_UNAVAILABLE"],
  [500, "NAVE_SYSTEM_UNAVAILABLE", "NAVE_WRITE_IN_DOUBT"],
  [502, "NAVE_SYSTEM_UNAVAILABLE", "NAVE_WRITE_IN_DOUBT"],
  [504, "NAVE_SYSTEM_UNAVAILABLE", "NAVE_WRITE_IN_DOUBT"],
])("HTTP %i to a read is %s, to a write %s", async (status, read, write) => {
  const http = httpClient({ baseUrl: await answering(status), timeoutMs: 1000 });
  expect((await failureOf(http(READ))).code).toBe(read);
  expect((await failureOf(http(WRITE))).code).toBe(write);
});

test.each([200, 201, 304, 404, 409, 422])("HTTP %i is returned to the adapter", async (status) => {
  const http = httpClient({ baseUrl: await answering(status), timeoutMs: 1000 });
  expect((await http(READ)).status).toBe(status);
});

test("a redirect is not followed, so that credentials stay with their host", async () => {
  let asked = 0;
  const elsewhere = await serve((_request, response) => {
    asked += 1;
    response.end();
  });
  const http = httpClient({ baseUrl: await answering(302, { location: elsewhere }), timeoutMs: 1000 });
  expect((await http(READ)).status).toBe(302);
  expect(asked).toBe(0);
});

test("Retry-After is read as seconds and as a date, and nonsense is no delay", async () => {
  const now = Date.parse("2026-11-22T10:00:00Z");
  expect(retryAfterMs("120", now)).toBe(120_000);
  expect(retryAfterMs("Sun, 22 Nov 2026 10:00:30 GMT", now)).toBe(30_000);
  expect(retryAfterMs("Sun, 22 Nov 2026 09:00:00 GMT", now)).toBe(0);
  expect(retryAfterMs("soon", now)).toBeUndefined();
  const http = httpClient({ baseUrl: await answering(429, { "retry-after": "7" }), timeoutMs: 1000 });
  const failure = await failureOf(http(WRITE));
  expect(outcomeOfError(failure)).toMatchObject({ kind: "unavailable", retryAfterMs: 7000 });
});

test("a refused connection is certainly not written", async () => {
  const http = httpClient({ baseUrl: `http://localhost:${await closedPort()}`, timeoutMs: 1000 });
  const failure = await failureOf(http(WRITE));
  expect(failure.code).toBe("NAVE_SYSTEM_UNAVAILABLE");
  expect(outcomeOfError(failure).kind).toBe("unavailable");
});

test("a connection that dies after sending leaves a write in doubt, and a read merely failed", async () => {
  const baseUrl = await serve((request) => request.socket.destroy());
  const http = httpClient({ baseUrl, timeoutMs: 1000 });
  expect(outcomeOfError(await failureOf(http(WRITE))).kind).toBe("unknown");
  expect((await failureOf(http(READ))).code).toBe("NAVE_SYSTEM_UNAVAILABLE");
});

test("silence ends with the time-out, in doubt for a write", async () => {
  const http = httpClient({ baseUrl: await serve(() => {}), timeoutMs: 100 });
  const failure = await failureOf(http(WRITE));
  expect([failure.code, failure.message]).toEqual([
    "NAVE_WRITE_IN_DOUBT",
    expect.stringContaining("timed out"),
  ]);
});

test("an answer longer than allowed is not read to its end", async () => {
  const baseUrl = await answering(200, {}, "x".repeat(5000));
  const http = httpClient({ baseUrl, timeoutMs: 1000, maxResponseBytes: 1000 });
  const failure = await failureOf(http(READ));
  expect([failure.code, failure.message]).toEqual([
    "NAVE_SYSTEM_UNAVAILABLE",
    expect.stringContaining("1000 bytes"),
  ]);
});

test("an answer that is no JSON is unusable and not quoted", async () => {
  const http = httpClient({ baseUrl: await answering(200, {}, "<p>Ann Larsen"), timeoutMs: 1000 });
  const response = await http(WRITE);
  const failure = await failureOf(Promise.resolve().then(() => response.json()));
  expect(failure.code).toBe("NAVE_WRITE_IN_DOUBT");
  expect(spelledOut(failure)).not.toContain("Larsen");
});

test("errors hold no header, query or body", async () => {
  const http = httpClient({
    baseUrl: await answering(403),
    timeoutMs: 1000,
    headers: { authorization: "Bearer hush" },
  });
  const failure = await failureOf(http({ ...READ, query: { key: "hush" } }));
  expect(spelledOut(failure)).not.toContain("hush");
  expect(failure.message).toBe("GET /things was refused with HTTP 403");
});

test("only http and https addresses are accepted", () => {
  expect(() => httpClient({ baseUrl: "file:///etc/passwd", timeoutMs: 1 })).toThrow(/no http or https/);
});

test("a write that is given up before it was sent is not in doubt", async () => {
  const http = httpClient({ baseUrl: await answering(200), timeoutMs: 1000 });
  const failure = await failureOf(http({ ...WRITE, signal: AbortSignal.abort() }));
  expect(failure.code).toBe("NAVE_SYSTEM_UNAVAILABLE");
});
