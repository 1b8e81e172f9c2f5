import { NaveError } from "../errors.ts";
import { currentTraceparent } from "../trace-context.ts";
import type { Json } from "./contract.ts";
import { unusable, worded } from "./http-faults.ts";

export type HttpClientOptions = {
  /** Requests go to this address plus their path; anything but http and https is refused. */
  baseUrl: string;
  /** A request without a complete answer after this long has failed. */
  timeoutMs: number;
  headers?: Record<string, string>;
  /** Longer answers are refused unread. Default 32 MiB. */
  maxResponseBytes?: number;
};

export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base address, beginning with `/`. */
  path: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: Json;
  signal?: AbortSignal;
  /** The request changes something: no answer after sending means NAVE_WRITE_IN_DOUBT instead of NAVE_SYSTEM_UNAVAILABLE. */
  writes?: boolean;
  /** Statuses among 401, 403, 429 and 5xx that the caller reads itself instead of having them thrown. */
  expect?: readonly number[];
};

export type HttpResponse = {
  status: number;
  headers: Headers;
  text: string;
  /** Throws as an unusable answer does when the text is no JSON. */
  json(): Json;
};

export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * A small client on `fetch` whose errors say what happens to the message.
 *
 * 401 and 403 throw NAVE_CREDENTIALS_REFUSED. 429 and 503 throw NAVE_SYSTEM_UNAVAILABLE with the delay of Retry-After; so does
 * a connection that never came about. Any other 5xx, a time-out, a cut connection or an unreadable answer throws
 * NAVE_SYSTEM_UNAVAILABLE for a read and NAVE_WRITE_IN_DOUBT for a write. All other answers are returned, redirects too:
 * following one could carry credentials to another host. Errors name method and path, never query, headers or bodies.
 */
export function httpClient(options: HttpClientOptions): HttpClient {
  const base = checkedBase(options.baseUrl);
  return async (request) => {
    const response = await send(base, options, request);
    const text = await readText(response, options.maxResponseBytes ?? 32 * 1024 * 1024, request);
    const fault = request.expect?.includes(response.status) ? undefined : faultOf(response, request);
    if (fault) throw fault;
    return { status: response.status, headers: response.headers, text, json: () => parse(text, request) };
  };
}

/** The delay that a Retry-After header asks for, as seconds or as an HTTP date; undefined when it says nothing usable. */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Math.round(Number(header) * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function checkedBase(baseUrl: string): string {
  const protocol = URL.canParse(baseUrl) ? new URL(baseUrl).protocol : "";
  if (protocol !== "http:" && protocol !== "https:") {
    throw new NaveError("NAVE_CONFIG_INVALID", "The system's address is no http or https URL", {
      accepts: "an address such as https://crm.example.com/api",
    });
  }
  return baseUrl.replace(/\/+$/, "");
}

async function send(base: string, options: HttpClientOptions, request: HttpRequest): Promise<Response> {
  const url = new URL(base + request.path);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const isText = typeof request.body === "string";
  const headers = new Headers(options.headers);
  if (request.body !== undefined && !isText) headers.set("content-type", "application/json");
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) headers.set("traceparent", traceparent);
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  if (request.signal?.aborted)
    throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", worded(request, "was given up before it was sent"));
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    return await fetch(url, {
      method: request.method,
      headers,
      ...(request.body === undefined
        ? {}
        : { body: isText ? (request.body as string) : JSON.stringify(request.body) }),
      redirect: "manual",
      signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
    });
  } catch (cause) {
    throw unusable(request, cause);
  }
}

async function readText(response: Response, maxBytes: number, request: HttpRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw unusable(request, cause);
  }
  if (size > maxBytes) throw unusable(request, new Error(`the answer is longer than ${maxBytes} bytes`));
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string, request: HttpRequest): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The parser's message quotes the answer, which may hold personal data.
    throw unusable(request, new Error(text === "" ? "the answer is empty" : "the answer is no JSON"));
  }
}

function faultOf(response: Response, request: HttpRequest): NaveError | undefined {
  const { status } = response;
  if (status === 401 || status === 403) {
    return new NaveError("NAVE_CREDENTIALS_REFUSED", worded(request, `was refused with HTTP ${status}`));
  }
  if (status === 429 || status === 503) {
    const delay = retryAfterMs(response.headers.get("retry-after"));
    const detail = delay === undefined ? {} : { retryAfterMs: delay };
    return new NaveError(
      "NAVE_SYSTEM_UNAVAILABLE",
      worded(request, `was put off with HTTP ${status}`),
      detail,
    );
  }
  return status >= 500 ? unusable(request, new Error(`HTTP ${status}`)) : undefined;
}
