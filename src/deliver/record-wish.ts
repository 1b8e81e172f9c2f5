import { NaveError } from "../errors.ts";
import type { WishRequest } from "../flows/hub-port.ts";
import type { Hub } from "../hub.ts";
import { upsertWish, type WishWords } from "../store/wishes.ts";
import { deletesStayLocal, readKnown } from "./known-records.ts";
import { type Plan, planWish } from "./plan-wish.ts";
import { publishWishes } from "./publish.ts";

/**
 * Upserts the standing order that a system shall hold a body. What the system holds already is met at once, without a
 * delivery: most often the system the change came from.
 */
export async function recordWish(hub: Hub, request: WishRequest): Promise<void> {
  const system = hub.systems.get(request.system);
  if (!system?.gives(request.entity)) {
    throw new NaveError(
      "NAVE_NOT_SUPPORTED",
      `${request.system} is not configured to be given ${request.entity} records`,
      {
        field: `systems.${request.system}.entities.${request.entity}.give`,
      },
    );
  }
  const key = { system: request.system, entity: request.entity, canonicalId: request.canonicalId };
  const type = hub.model.entity(key.entity);
  const known = await readKnown(hub.db, key.system, key.entity, [key.canonicalId]);
  const plan = planWish(system, type, request, known(key.canonicalId), deletesStayLocal(hub, key.entity));
  const { action, body, version, messageId } = request;
  const state = plan.do === "nothing" ? "met" : "open";
  const wish = { ...key, action, body, canonicalVersion: version, state, messageId } as const;
  const open = await upsertWish(hub.db, wish, wordsFor(key.system, plan, request));
  hub.reached("route");
  if (open) await publishWishes(hub, [key]);
}

function wordsFor(system: string, plan: Plan, { action, version }: WishRequest): WishWords {
  return {
    met: plan.do === "nothing" ? `${system} ${plan.because}` : `${system} holds it already`,
    open: `${system} shall ${action === "archive" ? "no longer hold it" : `hold version ${version}`}`,
  };
}
