import type { Request, RequestHandler, Response } from "express";
import { editorUser } from "../editor/editor-user.ts";
import type { NodeApi } from "../node-api.ts";
import type { Deployer } from "../storage/storage.ts";

const VERSION = /^[0-9a-f]{4,40}$/;

/** Shows the versions of the flow that is open, lets it go back to one, and takes a comment with each deploy. */
export default function register(RED: NodeApi): void {
  RED.plugins.registerPlugin("nave-versions", { type: "nave-editor" });
  const { versions } = RED.settings.nave;
  RED.httpAdmin.get(
    "/nave/versions/:tab",
    RED.auth.needsPermission("flows.read"),
    answering(async (tab, user) => versions?.history(tab, user)),
  );
  RED.httpAdmin.post(
    "/nave/versions/:tab",
    RED.auth.needsPermission("flows.write"),
    answering(async (tab, user, { version }) => {
      if (typeof version !== "string" || !VERSION.test(version)) return undefined;
      return versions?.rollBack(tab, version, user);
    }),
  );
}

type Answer = (tab: string, user: Deployer, body: Record<string, unknown>) => Promise<object | undefined>;

/** What the hub refuses is told in its words; what it finds not, as not there. */
function answering(answer: Answer): RequestHandler {
  return async (request: Request, response: Response) => {
    response.set("cache-control", "no-store");
    try {
      const known = await answer(String(request.params["tab"]), editorUser(request), request.body ?? {});
      if (known === undefined) response.status(404).json({ code: "NAVE_REQUEST_INVALID" });
      else response.json(known);
    } catch (error) {
      const { code, message, status, detail } = error as Refusal;
      const isTold = code?.startsWith("NAVE_") ?? false;
      response
        .status(status ?? (isTold ? 400 : 503))
        .json(isTold ? { code, text: message, accepts: detail?.accepts } : { code: "NAVE_HUB_UNAVAILABLE" });
    }
  };
}

type Refusal = Error & { code?: string; status?: number; detail?: { accepts?: string } };
