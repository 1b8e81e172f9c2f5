import { Router } from "express";
import type { Hint, HookRequest } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { isStorable } from "../receive/storable.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import type { Api } from "./api-parts.ts";
import { RequestRefused } from "./problem.ts";
import { rawBody } from "./read-request.ts";

const LIMIT_BYTES = 1_000_000;
const LONGEST_ID = 500;

/** Web hooks of the systems. What they name is read soon; what they claim is not believed. */
export function hookRoutes({ hub, pollers }: Api): Router {
  const router = Router();
  router.post("/:system", rawBody(LIMIT_BYTES), async (request, response) => {
    const system = hub.systems.get(String(request.params["system"]));
    if (!system?.spoke.hook) throw new RequestRefused(404, "no system takes web hooks here");
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const query = Object.fromEntries(
      Object.entries(request.query).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
    );
    const hints = usable(system, await readHook(system, { headers: request.headers, query, body }, hub.log));
    for (const [entity, group] of Map.groupBy(hints, (hint) => hint.entity)) {
      await pollers.get(system.name)?.hint(
        entity,
        group.map((hint) => hint.localId),
      );
    }
    response.status(202).json({ hints: hints.length });
  });
  return router;
}

async function readHook(
  system: ConnectedSystem,
  request: HookRequest,
  log: Api["hub"]["log"],
): Promise<Hint[]> {
  try {
    return (await system.spoke.hook?.(request)) ?? [];
  } catch (thrown) {
    if (thrown instanceof NaveError) throw thrown;
    log.warn({ system: system.name, cause: String(thrown) }, "a web hook could not be read");
    throw new RequestRefused(400, "the web hook cannot be read", {
      accepts: `what ${system.manifest.title} sends`,
    });
  }
}

function usable(system: ConnectedSystem, hints: readonly Hint[]): Hint[] {
  return hints.filter(
    ({ entity, localId }) =>
      system.takes(entity) &&
      !system.inShadow &&
      localId !== "" &&
      localId.length <= LONGEST_ID &&
      isStorable(localId),
  );
}
