import { Router } from "express";
import { SESSION_COOKIE } from "../access/session-cookie.ts";
import { insertAudit } from "../store/audit.ts";
import type { Api } from "./api-parts.ts";
import { actorOf, addressOf, authorise, nameOf, waitFirst } from "./authorise.ts";
import { RequestRefused } from "./problem.ts";
import { bodyOf, jsonBody, textIn } from "./read-request.ts";

const COOKIE = { httpOnly: true, sameSite: "strict", path: "/" } as const;

/** Logging in and out, for browsers. */
export function sessionRoutes({ hub, access }: Api): Router {
  const router = Router();
  router.post("/session", ...jsonBody(), async (request, response) => {
    const body = bodyOf(request, ["name", "password"]);
    const name = textIn(body, "name", 200);
    const result = await access.signIn(name, textIn(body, "password", 200), addressOf(request));
    if (result.kind === "wait") throw waitFirst(result.seconds);
    if (result.kind === "wrong") {
      await insertAudit(hub.db, "nobody", "login refused", { address: addressOf(request) });
      throw new RequestRefused(401, "the name or the password is wrong");
    }
    const { value, maxAgeSeconds } = access.openSession(result.account);
    await insertAudit(hub.db, name, "login", { address: addressOf(request) });
    response.cookie(SESSION_COOKIE, value, {
      ...COOKIE,
      secure: request.secure,
      maxAge: maxAgeSeconds * 1000,
    });
    response.json({ name: result.account.name, role: result.account.role });
  });
  router.get("/session", authorise(access, "viewer"), (_request, response) => {
    response.json(actorOf(response));
  });
  router.delete("/session", authorise(access), async (_request, response) => {
    if (actorOf(response)) await insertAudit(hub.db, nameOf(response), "logout", {});
    response.clearCookie(SESSION_COOKIE, COOKIE).status(204).end();
  });
  return router;
}
