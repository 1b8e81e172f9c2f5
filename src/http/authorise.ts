import type { Request, RequestHandler, Response } from "express";
import type { Access, Credentials } from "../access/access.ts";
import { type Actor, permits, type Role } from "../access/accounts.ts";
import { SESSION_COOKIE } from "../access/session-cookie.ts";
import { RequestRefused } from "./problem.ts";

/** Finds out who asks, and refuses who may not. Without a role: whoever it is may ask, but wrong credentials are refused. */
export function authorise(access: Access, needed?: Role): RequestHandler {
  return async (request, response, next) => {
    const actor = await access.identify(credentialsOf(request));
    if (actor === "wrong") throw notSignedIn("the name, password or token is wrong");
    if (actor !== undefined && "waitSeconds" in actor) throw waitFirst(actor.waitSeconds);
    if (needed !== undefined && actor === undefined)
      throw notSignedIn("this needs a login or the hub's token");
    if (needed !== undefined && actor && !permits(actor.role, needed)) {
      throw new RequestRefused(403, `${actor.name} is ${actor.role}`, {
        accepts: `the role ${needed} or higher`,
      });
    }
    response.locals["actor"] = actor;
    next();
  };
}

/** Whoever `authorise` found; undefined for nobody. */
export function actorOf(response: Response): Actor | undefined {
  return response.locals["actor"] as Actor | undefined;
}

/** The name under which an action is recorded. */
export function nameOf(response: Response): string {
  return actorOf(response)?.name ?? "nobody";
}

export function waitFirst(seconds: number): RequestRefused {
  const headers = { "retry-after": String(seconds) };
  return new RequestRefused(
    429,
    "too many failed logins",
    { accepts: `another attempt in ${seconds} s` },
    headers,
  );
}

function notSignedIn(text: string): RequestRefused {
  return new RequestRefused(401, text, {
    accepts: "a session, Authorization: Bearer <token>, or Authorization: Basic",
  });
}

/** Of whoever asks: what connects, or what a trusted proxy says (`hub.trustProxy`). */
export function addressOf(request: Request): string {
  return request.ip ?? "unknown";
}

function credentialsOf(request: Request): Credentials {
  return {
    authorization: request.get("authorization"),
    session: cookie(request.get("cookie"), SESSION_COOKIE),
    address: addressOf(request),
  };
}

function cookie(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(";").find((one) => one.trimStart().startsWith(`${name}=`));
  return pair?.slice(pair.indexOf("=") + 1).trim();
}
