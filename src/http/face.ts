import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import express, { type Express, type RequestHandler, Router } from "express";
import type { Log } from "../adapter-kit/contract.ts";
import type { HubConfig } from "../config/types.ts";
import { NaveError } from "../errors.ts";
import { problemHandler, RequestRefused } from "./problem.ts";
import { securityHeaders } from "./security.ts";

const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 60_000;

/**
 * The hub's port. Open from the first moment, so that a busy port is known before anything is started; until `serve` is
 * called it answers that the hub is starting.
 */
export type HttpFace = {
  url: string;
  server: Server;
  /** Where Node-RED hangs its editor. */
  editorSlot: Router;
  serve(routes: RequestHandler): void;
  /** Answers 503 from now on; what is being answered ends. */
  retire(): void;
  close(): Promise<void>;
};

type Stage = "starting" | "serving" | "stopping";

export type HttpFaceOptions = Pick<HubConfig, "host" | "port"> &
  Partial<Pick<HubConfig, "trustProxy">> & { log: Log };

/** @throws NAVE_CONFIG_INVALID for a port that cannot be opened, or proxies that are no addresses. */
export async function openHttpFace(options: HttpFaceOptions): Promise<HttpFace> {
  let stage: Stage = "starting";
  let routes: RequestHandler | undefined;
  const editorSlot = Router();
  const app = express();
  app.set("env", "production").disable("x-powered-by").disable("etag");
  app.set("query parser", "simple");
  trustProxies(app, options.trustProxy ?? []);
  app.use(securityHeaders);
  app.get("/health/live", (_request, response) => void response.json({ live: true }));
  app.use((request, response, next) => {
    if (stage === "serving" && routes) return routes(request, response, next);
    throw new RequestRefused(503, `the hub is ${stage}`, {}, { "retry-after": "1" });
  });
  app.use(editorSlot);
  app.use((request) => {
    throw new RequestRefused(404, `there is nothing at ${request.method} ${request.path.slice(0, 200)}`, {
      accepts: "the addresses in docs/http-api.md",
    });
  });
  app.use(problemHandler(options.log));
  const server = await listen(app, options.host, options.port);
  return {
    url: urlOf(server, options.host),
    server,
    editorSlot,
    serve(handler) {
      routes = handler;
      stage = "serving";
    },
    retire() {
      stage = "stopping";
    },
    close: () => closeServer(server),
  };
}

function trustProxies(app: Express, proxies: HubConfig["trustProxy"]): void {
  try {
    app.set("trust proxy", proxies);
  } catch (cause) {
    const accepts = "addresses, subnets such as 10.0.0.0/8, loopback, linklocal, uniquelocal, or a number";
    const detail = { field: "hub.trustProxy", value: proxies, accepts };
    throw new NaveError("NAVE_CONFIG_INVALID", `hub.trustProxy is ${JSON.stringify(proxies)}`, detail, cause);
  }
}

async function listen(app: Express, host: string, port: number): Promise<Server> {
  const server = createServer({ headersTimeout: HEADERS_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS }, app);
  server.on("clientError", refuseMalformed);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    const text =
      cause.code === "EADDRINUSE" ? "is in use by another program" : `cannot be opened (${cause.code})`;
    const isAddress = ["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN"].includes(cause.code ?? "");
    const detail = isAddress
      ? { field: "hub.host", value: host, accepts: "an address of this machine, in hub.host or NAVE_HOST" }
      : { field: "hub.port", value: port, accepts: "a free port, in hub.port or NAVE_PORT; 0 for any" };
    throw new NaveError("NAVE_CONFIG_INVALID", `port ${port} on ${host} ${text}`, detail, cause);
  });
  return server;
}

/** What is no HTTP never reaches express: an answer as clear as can be, and the end of the connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const status = tooLarge ? 431 : 400;
  const title = tooLarge ? "Header too large" : "Bad request";
  const detail = tooLarge ? "the header has more than 16 KB" : "this is no HTTP request";
  const body = JSON.stringify({ type: "about:blank", status, title, code: "NAVE_REQUEST_INVALID", detail });
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\nconnection: close`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** Connections that stay open for a next request, or for the editor's live updates, are cut. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
