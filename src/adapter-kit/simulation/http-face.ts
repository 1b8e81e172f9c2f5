import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Misbehaviour, takeOne } from "./misbehaviour.ts";

const MAX_BODY_BYTES = 16 * 1024 * 1024;

export type Call = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
};

export type Answer = { status: number; headers?: Record<string, string>; body?: string };

/** A product's protocol over HTTP. */
export type Face = {
  /** Login calls, which are never answered with an expired session. */
  isSession(call: Call): boolean;
  isWrite(call: Call): boolean;
  answer(call: Call): Promise<Answer>;
};

/** Serves a face on the loopback address, with everything that goes wrong before and after a request reaches the product. */
export async function serveFace(
  faces: readonly { prefix: string; face: Face; misbehaves: boolean }[],
  misbehaviour: Misbehaviour,
  port = 0,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void exchange(request, response).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(port, "127.0.0.1", resolve),
  );
  const { port: boundPort } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${boundPort}`, close: () => closeServer(server) };

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    const served = faces.find(({ prefix }) => call.path.startsWith(prefix));
    if (!served) return send(response, { status: 404, body: "not found" });
    if (!served.misbehaves) return send(response, await served.face.answer(call));
    if (misbehaviour.answerAfterMs > 0) await sleep(misbehaviour.answerAfterMs);
    const early = refuseEarly(served.face, call, misbehaviour);
    if (early) return send(response, early);
    if (!served.face.isWrite(call)) return send(response, await served.face.answer(call));
    await serveWrite(request, response, served.face, call);
  }

  async function serveWrite(request: IncomingMessage, response: ServerResponse, face: Face, call: Call) {
    if (takeOne(misbehaviour, "lostBeforeWriteNext")) return lose(request);
    if (!takeOne(misbehaviour, "lostAfterWriteNext")) return send(response, await face.answer(call));
    if (misbehaviour.commitAfterMs === 0) {
      await face.answer(call);
      return lose(request);
    }
    lose(request);
    await sleep(misbehaviour.commitAfterMs);
    await face.answer(call);
  }

  function lose(request: IncomingMessage): void {
    if (misbehaviour.lostBy === "close") request.socket.destroy();
  }
}

function refuseEarly(face: Face, call: Call, misbehaviour: Misbehaviour): Answer | undefined {
  if (misbehaviour.down) return { status: 503, body: "Service Unavailable" };
  if (takeOne(misbehaviour, "rateLimitNext")) {
    const { retryAfterSeconds: seconds, retryAfterForm } = misbehaviour;
    const retryAfter =
      retryAfterForm === "seconds" ? `${seconds}` : new Date(Date.now() + seconds * 1000).toUTCString();
    return { status: 429, headers: { "retry-after": retryAfter }, body: "Too Many Requests" };
  }
  if (takeOne(misbehaviour, "brokenNext")) return HTML_500;
  if (!face.isSession(call) && takeOne(misbehaviour, "unauthorisedNext")) return { status: 401 };
  return undefined;
}

export const HTML_500: Answer = {
  status: 500,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<!doctype html><html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>",
};

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("request too large");
    chunks.push(chunk);
  }
  const url = new URL(request.url ?? "/", "http://sandbox");
  const { pathname: path, searchParams: query } = url;
  const body = Buffer.concat(chunks).toString("utf8");
  return { method: request.method ?? "GET", path, query, headers: request.headers, body };
}

function send(response: ServerResponse, answer: Answer): void {
  const body = answer.body ?? "";
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
