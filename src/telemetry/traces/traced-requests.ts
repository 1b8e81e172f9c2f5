import type { Request, RequestHandler } from "express";
import { markFailed, type Traces } from "./traces.ts";

const TRACED = /^\/(api|hooks|in)\//;
/** Pages look at how things stand several times a second. */
const WATCHED = /^\/api\/(status|star)$/;

/** Requests to the interface, the web hooks and the intakes are spans, in the trace that the sender has begun, if any. */
export function tracedRequests(handler: RequestHandler, traces: Traces): RequestHandler {
  return (request, response, next) => {
    if (!TRACED.test(request.path) || WATCHED.test(request.path)) return handler(request, response, next);
    const { method } = request;
    const attributes = { "http.request.method": method, "url.scheme": request.protocol };
    traces.request(request.headers["traceparent"], method, attributes, (span) => {
      response.once("close", () => {
        const route = routeOf(request);
        if (route !== undefined) span.updateName(`${method} ${route}`).setAttribute("http.route", route);
        span.setAttribute("http.response.status_code", response.statusCode);
        if (response.statusCode >= 500) markFailed(span, String(response.statusCode));
        span.end();
      });
      handler(request, response, next);
    });
  };
}

/** As it is declared: the address itself may hold a name or a number. */
function routeOf({ baseUrl, route }: Request): string | undefined {
  return typeof route?.path === "string" ? `${baseUrl}${route.path}` : undefined;
}
