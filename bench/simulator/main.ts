/**
 * The systems of a measurement as a process of its own: `POST /<system>/<entity>/<call>` for adapters, `POST /_/<order>` for
 * who measures. Says its address on standard output, and ends with its standard input.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerCall, BenchSystems } from "./bench-systems.ts";
import { obey } from "./orders.ts";

const systems = new BenchSystems();

const server = createServer((request, response) => void serve(request, response));

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.on("close", () => process.exit(0)).resume();

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const [, system = "", entity = "", call = ""] = (request.url ?? "").split("/");
    const body = await jsonOf(request);
    const answer =
      system === "_"
        ? await obey(systems, entity, body)
        : answerCall(systems.table(system, entity), call, body);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.statusCode = 400;
    response.end(String(error));
  }
}

async function jsonOf(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}
