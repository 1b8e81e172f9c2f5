import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** A relay in front of a Tryton that writes down which methods are called through it. */
export type RpcLog = {
  /** The address to use instead of Tryton's. */
  url: string;
  /** Methods called so far, in the order of their answers. */
  calls: string[];
  close(): Promise<void>;
};

export async function startRpcLog(trytonUrl: string): Promise<RpcLog> {
  const calls: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const options = { method: incoming.method, headers: incoming.headers, agent: false };
      const call = forward(new URL(incoming.url ?? "/", trytonUrl), options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.on("end", () => calls.push(methodOf(body)));
      });
      call.on("error", () => outgoing.destroy());
      call.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function methodOf(body: Buffer): string {
  return (JSON.parse(body.toString("utf8")) as { method: string }).method;
}
