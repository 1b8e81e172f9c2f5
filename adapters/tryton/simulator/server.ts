import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, JsonObject } from "../../../src/adapter-kit/index.ts";
import { type Misbehaviour, takeOne, WELL_BEHAVED } from "../../../src/adapter-kit/simulation/index.ts";
import { decodeRpc } from "../rpc-values.ts";
import { bootstrap } from "./bootstrap.ts";
import { callMethod } from "./methods.ts";
import { Records } from "./records.ts";
import { ConcurrencyRefusal, UserRefusal } from "./refusals.ts";

export const SIMULATED_LOGIN = { database: "sim", user: "hub", password: "simulated-Test-1" };

/** Which faults it can be made to show; those that are Tryton's nature are among them and change nothing. */
export const SIMULATED_FAULTS = [
  ...(["down", "answerAfterMs", "unauthorisedNext", "rateLimitNext", "brokenNext", "emptyPageNext"] as const),
  ...(["lostBeforeWriteNext", "lostAfterWriteNext", "commitAfterMs", "lostBy"] as const),
  ...(["frozenStamp", "stampPrecisionMs", "clockSkewMs", "lateCommitMs"] as const),
  ...(["modifiedEmptyUntilUpdate", "errorInsideOk", "silentChildChanges"] as const),
] as const;

export type Simulator = {
  url: string;
  misbehave(changes: Partial<Misbehaviour>): void;
  /** Does something as the others than `hub` do it: in a transaction that is open for `lateCommitMs` and stamped with its start. */
  late<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

type Request = { method: string; params: Json[]; id: Json };

/**
 * A Tryton for faults that the real one cannot be made to show: JSON-RPC over a handful of models in memory. Any user may
 * log in with the one password; only `hub` suffers from faults.
 */
export async function startSimulator(): Promise<Simulator> {
  const records = new Records();
  bootstrap(records);
  const faults: Misbehaviour = { ...WELL_BEHAVED, stampPrecisionMs: 1 };
  const sessions = new Map<string, string>();
  const backdated: string[] = [];
  const server = createServer((incoming, response) => {
    void serve({ records, faults, sessions, backdated }, incoming, response).catch(() => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    misbehave: (changes) => void Object.assign(faults, changes),
    async late(work) {
      if (faults.lateCommitMs === 0) return work();
      const start = stampNow(faults);
      await sleep(faults.lateCommitMs);
      backdated.push(start);
      return work();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type State = { records: Records; faults: Misbehaviour; sessions: Map<string, string>; backdated: string[] };

async function serve(state: State, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const request = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Request;
  const [user = "", , key = ""] = Buffer.from(String(incoming.headers.authorization).slice(8), "base64")
    .toString()
    .split(":");
  const isHub = user === "hub" || (request.method === "common.db.login" && request.params[0] === "hub");
  const { faults } = state;
  if (isHub && faults.answerAfterMs > 0) await sleep(faults.answerAfterMs);
  if (isHub && faults.down) return answer(response, 503, "<h1>Service Unavailable</h1>");
  if (request.method === "common.server.version") return reply(response, request, "6.0.0");
  if (request.method === "common.db.login") return login(state, request, response);
  const unauthorised = isHub && takeOne(faults, "unauthorisedNext");
  if (unauthorised || state.sessions.get(key) !== user) return answer(response, 401, "");
  if (isHub && isWork(request.method) && failed(faults, response)) return;
  if (isHub && (isWrite(request.method) || isStep(request.method)) && (await lost(state, request, response)))
    return;
  if (isHub && request.method.endsWith(".search") && takeOne(faults, "emptyPageNext"))
    return reply(response, request, []);
  const backdated = !isHub && isWrite(request.method) ? state.backdated.shift() : undefined;
  execute(state, request, response, backdated ?? stampNow(faults));
}

function login({ sessions }: State, request: Request, response: ServerResponse): void {
  const [user, secret] = request.params as [string, { password: string }];
  if (secret.password !== SIMULATED_LOGIN.password) return answer(response, 401, "<h1>Unauthorized</h1>");
  const key = `session-${sessions.size}`;
  sessions.set(key, user);
  reply(response, request, [1, key]);
}

/** Calls that read or write the records in question, not those that look up codes. */
function isWork(method: string): boolean {
  return isWrite(method) || isStep(method) || /^model\.party\.party\.search(_read|_count)?$/.test(method);
}

function isWrite(method: string): boolean {
  return /^model\.(party\.party|product\.template|sale\.sale)\.(create|write|delete)$/.test(method);
}

/** What moves an order on in its course. */
function isStep(method: string): boolean {
  return /^model\.sale\.sale\.(quote|confirm|draft|cancel)$/.test(method);
}

function failed(faults: Misbehaviour, response: ServerResponse): boolean {
  if (takeOne(faults, "rateLimitNext")) {
    const at = new Date(Date.now() + faults.retryAfterSeconds * 1000).toUTCString();
    response.setHeader(
      "retry-after",
      faults.retryAfterForm === "date" ? at : String(faults.retryAfterSeconds),
    );
    answer(response, 429, "<h1>Too Many Requests</h1>");
    return true;
  }
  if (!takeOne(faults, "brokenNext")) return false;
  answer(response, 500, "<h1>Internal Server Error</h1>");
  return true;
}

/** The connection dies before, while or after the work is done; or nothing ever comes. */
async function lost(state: State, request: Request, response: ServerResponse): Promise<boolean> {
  const { faults } = state;
  const before = takeOne(faults, "lostBeforeWriteNext");
  const after = !before && takeOne(faults, "lostAfterWriteNext");
  if (!before && !after) return false;
  if (after) {
    const work = () => run(state, request, stampNow(faults));
    if (faults.commitAfterMs > 0) setTimeout(work, faults.commitAfterMs).unref();
    else work();
  }
  if (faults.lostBy === "close") response.socket?.destroy();
  return true;
}

function execute(state: State, request: Request, response: ServerResponse, stamp: string): void {
  if (request.method === "common.db.logout") return reply(response, request, null);
  try {
    const result = run(state, request, stamp);
    if (result === undefined) return answer(response, 403, "<h1>Forbidden</h1>");
    reply(response, request, result);
  } catch (error) {
    const told =
      error instanceof UserRefusal || error instanceof ConcurrencyRefusal
        ? error.error()
        : [String(error), ""];
    answer(response, 200, JSON.stringify({ id: request.id, error: told }));
  }
}

function run({ records }: State, { method, params }: Request, stamp: string): Json | undefined {
  const decoded = decodeRpc(params) as Json[];
  return records.transaction(() => callMethod(records, method, decoded, stamp));
}

let microseconds = 0;

/** The clock of the transaction's start, to the microsecond. */
function stampNow(faults: Misbehaviour): string {
  if (faults.frozenStamp !== "") return faults.frozenStamp.replace(/\.(\d{3})Z$/, ".$1000Z");
  const now = Date.now() + faults.clockSkewMs;
  microseconds = (microseconds + 1) % 1000;
  const cut = now - (now % faults.stampPrecisionMs);
  const fraction = faults.stampPrecisionMs > 1 ? "000" : String(microseconds).padStart(3, "0");
  return new Date(cut).toISOString().replace("Z", `${fraction}Z`);
}

function reply(response: ServerResponse, { id }: Request, result: Json): void {
  answer(response, 200, JSON.stringify({ id, result }));
}

function answer(response: ServerResponse, status: number, body: string): void {
  const type = body.startsWith("{") ? "application/json" : "text/html";
  response.writeHead(status, { "content-type": type, connection: "close" }).end(body);
}

export function simulatedSettings(url: string): JsonObject {
  return { url, ...SIMULATED_LOGIN, orderStateOnCreate: "draft" };
}
