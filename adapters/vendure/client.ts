import {
  type HttpResponse,
  httpClient,
  type Json,
  type JsonObject,
  NaveError,
} from "../../src/adapter-kit/index.ts";
import { checkResult, faultOfErrors } from "./faults.ts";
import { QUERIES, type QueryName } from "./queries.ts";

export type ClientSettings = {
  /** Address of the shop's server, without `/admin-api`. */
  url: string;
  user: string;
  password: string;
  /** Token of the channel to work in; absent: the default channel. */
  channelToken?: string;
  timeoutMs: number;
};

type AskOptions = {
  /** The document changes something: no answer means that its fate is unknown. */
  writes?: boolean;
  signal?: AbortSignal | undefined;
};

/** Sends one of the documents and answers its `data`, whose shape the document fixes. */
export type Ask = <Data>(name: QueryName, variables?: JsonObject, options?: AskOptions) => Promise<Data>;

export type Client = {
  ask: Ask;
  /** The shop's clock by its last answer, to the second, RFC 3339 UTC. */
  now: () => string | undefined;
};

/** Express, which carries Vendure's API, answers longer bodies with HTTP 500; found before sending it is a clear refusal. */
const MAX_REQUEST_BYTES = 100_000;

/**
 * Logs in with the first question and again when the shop has forgotten the session. A session is checked before anything is
 * executed, so that a mutation answered FORBIDDEN may be sent a second time.
 */
export function vendureClient(settings: ClientSettings): Client {
  let now: string | undefined;
  const post = poster(settings, (date) => {
    now = date;
  });
  const currentToken = tokenKeeper(async () =>
    tokenOf(await post("Login", loginOf(settings), {}), settings.user),
  );
  return {
    now: () => now,
    ask: async <Data>(name: QueryName, variables: JsonObject = {}, options: AskOptions = {}) => {
      let token = await currentToken();
      let response = await post(name, variables, options, token);
      if (isForbidden(response)) {
        token = await currentToken(token);
        response = await post(name, variables, options, token);
      }
      const data = dataOf(response, name, options.writes === true);
      for (const result of Object.values(data)) checkResult(result);
      return data as Data;
    },
  };
}

type Post = (
  name: QueryName,
  variables: JsonObject,
  options: AskOptions,
  token?: string,
) => Promise<HttpResponse>;

function poster(settings: ClientSettings, tellTime: (now: string) => void): Post {
  const http = httpClient({ baseUrl: settings.url, timeoutMs: settings.timeoutMs });
  return async (name, variables, options, token) => {
    const body = JSON.stringify({ operationName: name, query: QUERIES[name], variables });
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) {
      throw new NaveError("NAVE_RECORD_REFUSED", `${name} is too long for Vendure`, {
        accepts: `at most ${MAX_REQUEST_BYTES} bytes`,
      });
    }
    const response = await http({
      method: "POST",
      path: "/admin-api",
      body,
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(settings.channelToken === undefined ? {} : { "vendure-token": settings.channelToken }),
      },
      writes: options.writes === true,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) tellTime(new Date(date).toISOString());
    return response;
  };
}

/** Keeps one token. Callers that arrive during a login share it; a failed one is tried again by the next caller. */
function tokenKeeper(login: () => Promise<string>): (stale?: string) => Promise<string> {
  let session: Promise<string> | undefined;
  return (stale) => {
    const before = session;
    if (before !== undefined && stale === undefined) return before;
    const next = (async () => {
      const known = await before?.catch(() => undefined);
      return known !== undefined && known !== stale ? known : login();
    })();
    session = next;
    next.catch(() => {
      if (session === next) session = undefined;
    });
    return next;
  };
}

function loginOf({ user, password }: ClientSettings): JsonObject {
  return { user, password };
}

function tokenOf(response: HttpResponse, user: string): string {
  const { login } = dataOf(response, "Login", false) as { login: JsonObject };
  if (login["errorCode"] !== undefined) {
    throw new NaveError("NAVE_CREDENTIALS_REFUSED", `Vendure refuses the login of "${user}"`, {
      field: "password",
    });
  }
  const token = response.headers.get("vendure-auth-token");
  if (token !== null && token !== "") return token;
  throw new NaveError("NAVE_CONFIG_INVALID", "Vendure gives no session token", {
    accepts: `"bearer" among authOptions.tokenMethod in the shop's configuration`,
  });
}

/** Vendure puts `errors` first; an answer that begins with `data` need not be parsed twice. */
function isForbidden(response: HttpResponse): boolean {
  if (!response.text.startsWith('{"errors"')) return false;
  const errors = asObject(response.json())?.["errors"];
  const first = asObject(Array.isArray(errors) ? errors[0] : undefined);
  return asObject(first?.["extensions"])?.["code"] === "FORBIDDEN";
}

function dataOf(response: HttpResponse, name: QueryName, writes: boolean): JsonObject {
  const { errors, data } = asObject(response.json()) ?? {};
  if (errors !== undefined) throw faultOfErrors(errors, name, writes);
  const answer = asObject(data);
  if (response.status !== 200 || answer === undefined) {
    const text = `${name}: HTTP ${response.status} without data; is ${response.status === 404 ? "url" : "it"} a Vendure server?`;
    throw new NaveError(writes ? "NAVE_WRITE_IN_DOUBT" : "NAVE_SYSTEM_UNAVAILABLE", text);
  }
  return answer;
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
