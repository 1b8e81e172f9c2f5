import type { Request, RequestHandler } from "express";
import { RequestRefused } from "./problem.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** What the editor may do beyond that: it is a program of inline scripts, workers and drawings. */
const EDITOR_POLICY = "frame-ancestors 'self'; base-uri 'self'; object-src 'none'; form-action 'self'";

export const securityHeaders: RequestHandler = (request, response, next) => {
  const editor = request.path === "/editor" || request.path.startsWith("/editor/");
  response.set({
    "content-security-policy": editor ? EDITOR_POLICY : POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": editor ? "SAMEORIGIN" : "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  });
  next();
};

/** A browser says where a request comes from: one that another site makes it send changes nothing here. */
export const sameOriginOnly: RequestHandler = (request, _response, next) => {
  if (!["GET", "HEAD", "OPTIONS"].includes(request.method) && isForeign(request)) {
    throw new RequestRefused(403, "this request comes from another site", {
      accepts: "requests from the hub's own pages, or from programs",
    });
  }
  next();
};

function isForeign(request: Request): boolean {
  const site = request.get("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const origin = request.get("origin");
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== request.host;
  } catch {
    return true;
  }
}
