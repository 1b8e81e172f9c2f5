import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** One call of Tryton's JSON-RPC as it passed by. */
export type RpcCall = { method: string; ms: number };

/** A relay in front of a Tryton that writes down which methods are called through it, and how long they take. */
export type RpcLog = {
  /** The address to use instead of Tryton's. */
  url: string;
  calls: RpcCall[];
  /** Calls so far that change records of the model, whatever they do to them. */
  writesTo(model: string): number;
  close(): Promise<void>;
};

const READS = new Set(["read", "search", "search_read", "search_count", "fields_get"]);

export async function startRpcLog(trytonUrl: string): Promise<RpcLog> {
  const calls: RpcCall[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const startedAt = performance.now();
      const options = { method: incoming.method, headers: incoming.headers, agent: false };
      const call = forward(new URL(incoming.url ?? "/", trytonUrl), options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.on("end", () => calls.push({ method: methodOf(body), ms: performance.now() - startedAt }));
      });
      call.on("error", () => outgoing.destroy());
      call.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    writesTo: (model) =>
      calls.filter(({ method }) => {
        const prefix = `model.${model}.`;
        return method.startsWith(prefix) && !READS.has(method.slice(prefix.length));
      }).length,
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
