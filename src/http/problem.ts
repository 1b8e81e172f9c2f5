import { randomUUID } from "node:crypto";
import type { ErrorRequestHandler, Request, Response } from "express";
import type { Log } from "../adapter-kit/contract.ts";
import { type ErrorCode, type ErrorDetail, NaveError } from "../errors.ts";

/** What a refused request is told: RFC 9457, with the hub's code and what would be accepted instead. */
export type Problem = {
  type: "about:blank";
  status: number;
  title: string;
  /** One of the hub's error codes. */
  code: ErrorCode;
  /** What is wrong, in one sentence. */
  detail: string;
  field?: string;
  value?: unknown;
  accepts?: string;
  record?: string;
  /** Finds the cause in the hub's log; only where the fault is the hub's. */
  reference?: string;
};

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Content type not accepted",
  422: "Record not accepted",
  429: "Too many attempts",
  431: "Header too large",
  500: "Internal error",
  503: "Not available",
};

const STATUS: Partial<Record<ErrorCode, number>> = {
  NAVE_REQUEST_INVALID: 400,
  NAVE_CONFIG_INVALID: 400,
  NAVE_NOT_SUPPORTED: 404,
  NAVE_RECORD_STALE: 409,
  NAVE_WRITE_UNDER_WAY: 409,
  NAVE_RECORD_INVALID: 422,
  NAVE_RECORD_REFUSED: 422,
  NAVE_FLOW_REJECTED: 422,
  NAVE_SYSTEM_UNAVAILABLE: 503,
  NAVE_HUB_UNAVAILABLE: 503,
  NAVE_CREDENTIALS_REFUSED: 503,
};

/** A request that is turned away with a status of its own. */
export class RequestRefused extends NaveError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, detail: ErrorDetail = {}, headers: Record<string, string> = {}) {
    super(status >= 500 ? "NAVE_HUB_UNAVAILABLE" : "NAVE_REQUEST_INVALID", text, detail);
    this.status = status;
    this.headers = headers;
  }
}

/** The problem that a thrown thing is shown as; what is no error of the hub's own shows nothing of itself. */
export function toProblem(thrown: unknown, log: Log): Problem {
  const refused = thrown instanceof NaveError ? thrown : fromBodyReader(thrown);
  if (refused === undefined) {
    const reference = randomUUID();
    log.error(
      { reference, cause: thrown instanceof Error ? thrown.stack : String(thrown) },
      "a request failed",
    );
    const detail = `the hub failed at this request; its log says why, under ${reference}`;
    return {
      type: "about:blank",
      status: 500,
      title: "Internal error",
      code: "NAVE_HUB_UNAVAILABLE",
      detail,
      reference,
    };
  }
  const status = statusOf(refused);
  const { field, value, accepts, record } = refused.detail;
  return {
    type: "about:blank",
    status,
    title: TITLES[status] ?? "Refused",
    code: refused.code,
    detail: refused.message,
    ...(record === undefined ? {} : { record }),
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value: shorten(value) }),
    ...(accepts === undefined ? {} : { accepts }),
  };
}

/** Some errors know better than their code. */
function statusOf(refused: NaveError & { status?: unknown }): number {
  return typeof refused.status === "number" ? refused.status : (STATUS[refused.code] ?? 500);
}

export function sendProblem(response: Response, problem: Problem): void {
  response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

/** The last handler: everything thrown on the way ends here. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request: Request, response: Response, next) => {
    if (response.headersSent) return next(thrown);
    if (thrown instanceof RequestRefused) response.set(thrown.headers);
    // What was not read of a refused body would be taken for the next request.
    if (hasBody(request) && !request.complete) response.set("connection", "close");
    sendProblem(response, toProblem(thrown, log));
  };
}

/** Whether the sender announced a body. */
export function hasBody(request: Request): boolean {
  return request.get("transfer-encoding") !== undefined || Number(request.get("content-length") ?? 0) > 0;
}

type BodyReaderError = { type?: string; status?: number; limit?: number; message?: string };

/** What express's body readers and router throw, in the hub's words. */
function fromBodyReader(thrown: unknown): RequestRefused | undefined {
  if (thrown instanceof URIError)
    return new RequestRefused(400, "the address holds a broken percent sequence");
  const error = thrown as BodyReaderError;
  switch (error?.type) {
    case "entity.too.large":
      return new RequestRefused(413, "the body is too large", { accepts: `at most ${error.limit} bytes` });
    case "entity.parse.failed":
      return new RequestRefused(400, "the body is no JSON", { accepts: "one JSON object, UTF-8" });
    case "charset.unsupported":
    case "encoding.unsupported":
      return new RequestRefused(415, "the body comes in an encoding that is not read", {
        accepts: "UTF-8; uncompressed, gzip, deflate or br",
      });
    case "request.aborted":
    case "request.size.invalid":
    case "entity.verify.failed":
      return new RequestRefused(400, "the body did not arrive as announced");
    default:
      return error?.status === 400 ? new RequestRefused(400, "the request is malformed") : undefined;
  }
}

function shorten(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text !== undefined && text.length > 200 ? `${text.slice(0, 200)}…` : value;
}
