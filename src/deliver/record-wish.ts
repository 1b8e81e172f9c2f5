import { NaveError } from "../errors.ts";
import type { WishRequest } from "../flows/hub-port.ts";
import type { Hub } from "../hub.ts";
import { holdInGroup, transactTogether } from "../store/batching.ts";
import type { Sql } from "../store/database.ts";
import { upsertWish, type WishWords, wishSubject } from "../store/wishes.ts";
import { deletesStayLocal, readKnown } from "./known-records.ts";
import { type Plan, planWish } from "./plan-wish.ts";
import { publishWishes } from "./publish.ts";

/**
 * Upserts standing orders, each that a system shall hold a body. What the system holds already is met at once, without a
 * delivery: most often the system the change came from. In the order of the requests: whether it went well.
 */
export async function recordWishes(
  hub: Hub,
  requests: readonly WishRequest[],
): Promise<PromiseSettledResult<unknown>[]> {
  const results = await transactTogether(hub.db, requests, (sql, request) => recordWish(hub, sql, request));
  hub.reached("route");
  const isOpen = (_: WishRequest, index: number) => {
    const result = results[index];
    return result?.status === "fulfilled" && result.value;
  };
  await publishWishes(hub, requests.filter(isOpen));
  return results;
}

/** @returns whether something has to be delivered. */
async function recordWish(hub: Hub, sql: Sql, request: WishRequest): Promise<boolean> {
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
  await holdInGroup(sql, [wishSubject(key)]);
  const type = hub.model.entity(key.entity);
  const known = await readKnown(sql, key);
  const { action, body, version, messageId } = request;
  const wished = { action, body, canonicalVersion: version };
  const plan = planWish(system, type, wished, known, deletesStayLocal(hub, key.entity));
  const state = plan.do === "nothing" ? "met" : "open";
  const wish = { ...key, action, body, canonicalVersion: version, state, messageId } as const;
  return (await upsertWish(sql, wish, wordsFor(key.system, plan, request))) === true;
}

function wordsFor(system: string, plan: Plan, { action, version }: WishRequest): WishWords {
  return {
    met: plan.do === "nothing" ? `${system} ${plan.because}` : `${system} holds it already`,
    open: `${system} shall ${action === "archive" ? "no longer hold it" : `hold version ${version}`}`,
  };
}
