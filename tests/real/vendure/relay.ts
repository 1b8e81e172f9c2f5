import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Relay = {
  url: string;
  /** What passed by so far. */
  asked: { operationName: string; variables: unknown }[];
  lost: () => number;
  close: () => Promise<void>;
};

/**
 * Stands before the real shop and passes everything on.
 *
 * @param loses Breaks the connection when the shop has done this operation, once, after so many spared answers of it.
 */
export async function startRelay(
  target: string,
  loses?: { operationName: string; spared: number },
): Promise<Relay> {
  const asked: Relay["asked"] = [];
  let lost = 0;
  let answered = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const { authorization } = request.headers;
    const answer = await fetch(target + (request.url ?? ""), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
      },
      body,
    });
    const text = await answer.text();
    const question = JSON.parse(body) as Relay["asked"][number];
    asked.push(question);
    const isIt = question.operationName === loses?.operationName;
    if (isIt) answered += 1;
    if (isIt && answered > loses.spared && lost === 0) {
      lost += 1;
      request.socket.destroy();
      return;
    }
    const token = answer.headers.get("vendure-auth-token");
    response.writeHead(answer.status, {
      "content-type": "application/json",
      ...(token === null ? {} : { "vendure-auth-token": token }),
    });
    response.end(text);
  };
  const server = createServer((request, response) => {
    void pass(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lost: () => lost,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
