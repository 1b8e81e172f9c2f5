import type { Request, Response } from "express";
import { toNaveError } from "../../errors.ts";
import { describeFailure } from "../cases/report.ts";
import { editorUser } from "../editor/editor-user.ts";
import type { NodeApi } from "../node-api.ts";

const STATUS: Record<string, number> = { NAVE_REQUEST_INVALID: 422, NAVE_HUB_UNAVAILABLE: 409 };

/** Lists the cases of a flow for whoever may read it, and runs them on what is drawn for whoever may edit it. */
export default function register(RED: NodeApi): void {
  const { cases } = RED.settings.nave;
  RED.plugins.registerPlugin("nave-cases", { type: "nave-editor" });
  RED.httpAdmin.get(
    "/nave/cases/:tab",
    RED.auth.needsPermission("flows.read"),
    (request: Request<{ tab: string }>, response: Response) =>
      answer(response, async () => ({ cases: await cases.list(request.params.tab, editorUser(request)) })),
  );
  RED.httpAdmin.post(
    "/nave/cases/:tab",
    RED.auth.needsPermission("flows.write"),
    (request: Request<{ tab: string }>, response: Response) =>
      answer(response, async () => {
        const report = await cases.run(request.params.tab, request.body, editorUser(request));
        const ran = report.cases.map((one) => ({
          file: one.file,
          title: one.title,
          passed: one.passed,
          lines: describeFailure(one),
        }));
        return { cases: ran };
      }),
  );
}

async function answer(response: Response, work: () => Promise<object>): Promise<void> {
  response.set("cache-control", "no-store");
  try {
    response.json(await work());
  } catch (error) {
    const { code, message } = toNaveError(error, "NAVE_FLOW_FAILED");
    const { status } = error as { status?: number };
    response.status(status ?? STATUS[code] ?? 500).json({ code, detail: message });
  }
}
