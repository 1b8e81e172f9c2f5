import {
  type HttpResponse,
  httpClient,
  type Json,
  type JsonObject,
  NaveError,
} from "../../src/adapter-kit/index.ts";
import { faultOfAnswer } from "./faults.ts";
import { plainText } from "./rows.ts";
import { decodeRpc } from "./rpc-values.ts";

export type ClientSettings = {
  /** Address of the server, without the database. */
  url: string;
  database: string;
  user: string;
  password: string;
  /** Code of the language in which translatable texts (names of products) are read and written. */
  language: string;
  timeoutMs: number;
};

export type CallOptions = {
  /** The call changes something: no answer means that its fate is unknown. */
  writes?: boolean;
  /** Added to the user's own context, which names company and language. */
  context?: JsonObject;
  signal?: AbortSignal;
};

/** One call of Tryton's JSON-RPC; the context, its last parameter, is added here. Answers are decoded to plain JSON. */
export type Call = (method: string, params: Json[], options?: CallOptions) => Promise<Json>;

export type Client = {
  call: Call;
  /** Company, language and employee of the user, as every call sends them. */
  context(signal?: AbortSignal): Promise<JsonObject>;
  /** Of the server program; needs no session. */
  version(signal?: AbortSignal): Promise<string>;
  logout(): Promise<void>;
};

type Session = { authorization: string; context: JsonObject };

type Post = (
  at: string,
  method: string,
  params: Json[],
  options?: CallOptions,
  authorization?: string,
) => Promise<HttpResponse>;

/**
 * Logs in with the first call and again when the server has forgotten the session: a 401 is answered before anything is
 * executed (trytond/protocols/dispatcher.py), so that the call may be sent a second time even when it writes.
 */
export function trytonClient(settings: ClientSettings): Client {
  const post = poster(settings);
  const path = `/${encodeURIComponent(settings.database)}/`;
  const sessions = openSessions(() => login(post, path, settings));

  const call: Call = async (method, params, options = {}) => {
    const send = ({ authorization, context }: Session) =>
      post(path, method, [...params, { ...context, ...options.context }], options, authorization);
    const session = await sessions.current();
    let response = await send(session);
    if (response.status === 401) response = await send(await sessions.current(session));
    return resultOf(response, method, options.writes === true);
  };

  return {
    call,
    context: async () => (await sessions.current()).context,
    version: async (signal) => {
      const response = await post("/", "common.server.version", [], signal ? { signal } : {});
      return plainText(resultOf(response, "common.server.version", false));
    },
    logout: async () => {
      const session = await sessions.end();
      // best effort: the server forgets sessions by itself
      if (session) await post(path, "common.db.logout", [], {}, session.authorization).catch(() => undefined);
    },
  };
}

function poster(settings: ClientSettings): Post {
  const http = httpClient({ baseUrl: settings.url, timeoutMs: settings.timeoutMs });
  let lastId = 0;
  return (path, method, params, options = {}, authorization) =>
    http({
      method: "POST",
      path,
      // exactly these keys: with any other the server answers in another form
      body: { id: ++lastId, method, params },
      headers: authorization === undefined ? {} : { authorization },
      expect: [401, 403, 404],
      writes: options.writes === true,
      ...(options.signal ? { signal: options.signal } : {}),
    });
}

type Sessions = {
  /** The session at hand, or a new one when that is the stale one. Callers that arrive during a login share it. */
  current(stale?: Session): Promise<Session>;
  /** The session that is over now, if there was one. */
  end(): Promise<Session | undefined>;
};

function openSessions(logIn: () => Promise<Session>): Sessions {
  let session: Promise<Session> | undefined;
  return {
    current(stale) {
      const before = session;
      if (before !== undefined && stale === undefined) return before;
      const next = before === undefined ? logIn() : replaced(before, stale, logIn);
      session = next;
      // a failed login is tried again by the next call
      next.catch(() => {
        if (session === next) session = undefined;
      });
      return next;
    },
    end() {
      const over = session?.catch(() => undefined);
      session = undefined;
      return over ?? Promise.resolve(undefined);
    },
  };
}

async function replaced(
  before: Promise<Session>,
  stale: Session | undefined,
  logIn: () => Promise<Session>,
): Promise<Session> {
  const known = await before.catch(() => undefined);
  return known !== undefined && known !== stale ? known : logIn();
}

async function login(post: Post, path: string, settings: ClientSettings): Promise<Session> {
  const response = await post(path, "common.db.login", [settings.user, { password: settings.password }]);
  const granted = loginResult(response, settings);
  const [userId, key] = (Array.isArray(granted) ? granted : []).map(plainText);
  const authorization = `Session ${Buffer.from(`${settings.user}:${userId}:${key}`).toString("base64")}`;
  const preferences = await post(path, "model.res.user.get_preferences", [true, {}], {}, authorization);
  const context = resultOf(preferences, "model.res.user.get_preferences", false) as JsonObject;
  if (typeof context["company"] === "number") {
    return { authorization, context: { ...context, language: settings.language } };
  }
  throw new NaveError("NAVE_CONFIG_INVALID", `The Tryton user "${settings.user}" has no current company`, {
    field: "user",
    accepts: "a user whose preferences name a company",
  });
}

function loginResult(response: HttpResponse, settings: ClientSettings): Json {
  if (response.status === 401) {
    throw new NaveError("NAVE_CREDENTIALS_REFUSED", `Tryton refuses the login of "${settings.user}"`, {
      field: "password",
    });
  }
  // also the answer while its PostgreSQL is away
  if (response.status === 404) {
    throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", `Tryton cannot open the database "${settings.database}"`, {
      field: "database",
    });
  }
  return resultOf(response, "common.db.login", false);
}

function resultOf(response: HttpResponse, method: string, writes: boolean): Json {
  if (response.status !== 200) {
    const text = `Tryton answered ${method} with HTTP ${response.status}`;
    const hint =
      response.status === 403 ? ": the method is unknown (is the module active?) or a proxy forbids it" : "";
    throw new NaveError("NAVE_CREDENTIALS_REFUSED", text + hint);
  }
  const answer = response.json();
  if (answer === null || typeof answer !== "object" || Array.isArray(answer))
    throw faultOfAnswer(null, method, writes);
  if (answer["error"] !== undefined) throw faultOfAnswer(answer["error"], method, writes);
  return decodeRpc(answer["result"] ?? null);
}
