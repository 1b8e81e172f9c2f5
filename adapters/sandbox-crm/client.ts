import {
  type EntityCapability,
  type HttpRequest,
  type HttpResponse,
  httpClient,
  type Json,
  type JsonObject,
  type Manifest,
  NaveError,
} from "../../src/adapter-kit/index.ts";

export type CrmClient = {
  manifest: Manifest;
  /** Throws NAVE_NOT_SUPPORTED for an entity that the manifest does not have. */
  capability: (entity: string) => EntityCapability;
  get: (path: string, query: HttpRequest["query"] & object, signal: AbortSignal) => Promise<HttpResponse>;
  /** A POST that only asks; an empty answer may come as 404. */
  lookup: (
    entity: string,
    by: string,
    values: readonly string[],
    signal: AbortSignal,
  ) => Promise<JsonObject[]>;
  write: (request: WriteCall) => Promise<HttpResponse>;
};

export type WriteCall = Pick<HttpRequest, "method" | "path" | "body" | "headers" | "signal" | "expect">;

/** The session with one Sandbox CRM: logs in when needed, once more when the token has run out, and not a third time. */
export function crmClient(settings: JsonObject, manifest: Manifest): CrmClient {
  const { timeoutMs } = manifest.limits;
  const http = httpClient({ baseUrl: settings["url"] as string, timeoutMs });
  let token: Promise<string> | undefined;

  async function login(signal: AbortSignal | undefined): Promise<string> {
    const body = { client_id: settings["clientId"] as Json, client_secret: settings["clientSecret"] as Json };
    const response = await http({ method: "POST", path: "/oauth/token", body, ...(signal && { signal }) });
    return (response.json() as { access_token: string }).access_token;
  }

  async function authorised(request: HttpRequest): Promise<HttpResponse> {
    const expect = [401, ...(request.expect ?? [])];
    for (const isLastTry of [false, true]) {
      token ??= login(request.signal);
      const used = token;
      const headers = { ...request.headers, authorization: `Bearer ${await used.catch(forget)}` };
      const response = await http({ ...request, headers, expect });
      if (response.status !== 401) return response;
      if (token === used) token = undefined;
      if (isLastTry) break;
    }
    throw new NaveError("NAVE_CREDENTIALS_REFUSED", "The CRM does not accept the token it has just given");
  }

  function forget(error: unknown): never {
    token = undefined;
    throw error;
  }

  function capability(entity: string): EntityCapability {
    const found = manifest.entities[entity];
    if (found) return found;
    const accepts = Object.keys(manifest.entities).join(", ");
    throw new NaveError("NAVE_NOT_SUPPORTED", `The CRM has no ${entity}`, { value: entity, accepts });
  }

  return {
    manifest,
    capability,
    get: (path, query, signal) => authorised({ method: "GET", path, query, signal }),
    lookup: async (entity, by, values, signal) => {
      const path = `/api/v1/${capability(entity).native}/lookup`;
      const response = await authorised({ method: "POST", path, body: { by, values: [...values] }, signal });
      return response.status === 404 ? [] : (response.json() as { data: JsonObject[] }).data;
    },
    write: (request) => authorised({ ...request, writes: true }),
  };
}
