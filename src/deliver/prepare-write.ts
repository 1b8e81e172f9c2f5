import { isDeepStrictEqual } from "node:util";
import type { JsonObject, WriteRequest } from "../adapter-kit/contract.ts";
import { flatten, unflatten } from "../canonical/fields.ts";
import type { Fields, Problem } from "../canonical/types.ts";
import { localiseReferences } from "../identity/references.ts";
import { overlay } from "../merge/deliverable.ts";
import type { Sql } from "../store/database.ts";
import { insertHops } from "../store/hops.ts";
import { type MissingReference, recordWaits } from "../store/reference-waits.ts";
import { shelveWish, type Wish, wishSubject } from "../store/wishes.ts";
import type { Delivery, Prepared } from "./delivery.ts";
import { parkWish } from "./park-wish.ts";
import type { Plan } from "./plan-wish.ts";
import { settleNothing } from "./settle-nothing.ts";

type WritePlan = Extract<Plan, { do: "create" | "update" | "archive" }>;

/**
 * Turns a plan into the native write: references as the target knows them, only what differs. Undefined when the wish
 * has been settled otherwise: it waits for a reference, cannot be expressed there, differs in nothing native, or would write
 * over an edit that waits for a correction.
 *
 * @param refused  What the system was last seen to hold, where that was refused.
 */
export async function prepareWrite(
  delivery: Delivery,
  sql: Sql,
  wish: Wish,
  plan: WritePlan,
  refused?: JsonObject,
): Promise<Prepared | undefined> {
  if (wish.burstWrites >= delivery.hub.config.hub.loopAfterWrites) return stopLoop(delivery, wish);
  if (plan.do === "archive") return removal(delivery, wish, plan.shadow);
  const { system, type } = delivery;
  const held = plan.do === "update" ? flatten(type, plan.shadow.canonical) : new Map();
  const target = overlay(held, plan.wished, plan.paths);
  const local = await localiseReferences(sql, type, unflatten(type, target), system.name);
  const waits = [...local.missing, ...local.optionalMissing];
  if (waits.length > 0) await waitFor(delivery, wish, waits, local.missing.length > 0);
  if (local.missing.length > 0) return undefined;
  const paths = plan.paths.filter((path) => !plan.wished.has(path) || local.fields.has(path));
  const mapping = system.mapping(type.name);
  const native = mapping.fromCanonical(
    unflatten(type, local.fields),
    plan.do === "update" ? plan.shadow.native : undefined,
  );
  if (native.problems.length > 0) return unmappable(delivery, wish, native.problems);
  if (plan.do === "create") {
    const request: WriteRequest = { kind: "create", probeKey: wish.canonicalId, body: native.native };
    // What the mapping states by default is sent too, though nobody wished it.
    const stated = flatten(type, mapping.toCanonical(native.native).body).keys();
    return {
      wish,
      request,
      paths: [...new Set([...paths, ...stated])],
      wished: plan.wished,
      localId: undefined,
      shadow: undefined,
    };
  }
  const before = await nativeOf(delivery, sql, held, plan.shadow.native);
  const changes = differences(before, native.native);
  if (Object.keys(changes).length === 0) {
    const forms = Object.fromEntries(paths.map((path) => [path, plan.wished.get(path) ?? null]));
    const because = "holds it already, in its own form";
    await settleNothing(delivery, wish, because, { shadow: plan.shadow, forms });
    return undefined;
  }
  const contested = refused ? Object.keys(differences(plan.shadow.native, { ...refused })) : [];
  const overwritten = Object.keys(changes).filter((name) => contested.includes(name));
  if (overwritten.length > 0) return waitForCorrection(delivery, wish, overwritten);
  const { localId, lockToken } = plan.shadow;
  const request: WriteRequest = {
    kind: "update",
    localId,
    probeKey: wish.canonicalId,
    changes,
    held: plan.shadow.native,
    ...(lockToken === null ? {} : { lockToken }),
  };
  return { wish, request, paths, wished: plan.wished, localId, shadow: plan.shadow };
}

/** Two systems that keep answering each other's writes are stopped by an alarm instead of running for ever. */
async function stopLoop(delivery: Delivery, wish: Wish): Promise<undefined> {
  const { system } = delivery;
  delivery.hub.log.error(
    {
      system: system.name,
      canonicalId: wish.canonicalId,
      correlationId: wish.correlationId,
      writes: wish.burstWrites,
    },
    "loop stopped",
  );
  const text = `it was written ${wish.burstWrites} times within a minute: somebody there may be changing back what the hub writes. Look there, then retry`;
  await parkWish(delivery, wish, { code: "NAVE_FLOW_FAILED", text, alarm: "loop" });
  return undefined;
}

function removal({ system, type }: Delivery, wish: Wish, shadow: NonNullable<Prepared["shadow"]>): Prepared {
  const kind = system.capability(type.name).remove === "delete" ? "delete" : "archive";
  const lock = shadow.lockToken === null ? {} : { lockToken: shadow.lockToken };
  const request: WriteRequest = { kind, localId: shadow.localId, held: shadow.native, ...lock };
  return { wish, request, paths: [], wished: new Map(), localId: shadow.localId, shadow };
}

/** The native form of what the hub believes the system to hold: the base of the difference. */
async function nativeOf(
  { system, type }: Delivery,
  sql: Sql,
  held: Fields,
  native: JsonObject,
): Promise<JsonObject> {
  const local = await localiseReferences(sql, type, unflatten(type, held), system.name);
  return system.mapping(type.name).fromCanonical(unflatten(type, local.fields), native).native;
}

function differences(before: JsonObject, after: JsonObject): JsonObject {
  const changes: JsonObject = {};
  for (const [name, value] of Object.entries(after)) {
    if (!isDeepStrictEqual(value, before[name])) changes[name] = value;
  }
  return changes;
}

async function waitFor(
  delivery: Delivery,
  wish: Wish,
  missing: readonly MissingReference[],
  required: boolean,
): Promise<void> {
  const { hub, system, type, claim } = delivery;
  const names = missing.map((one) => `${one.entity} ${"canonicalId" in one ? one.canonicalId : one.localId}`);
  const text = `${required ? "waits for" : "goes on without"} ${names.join(", ")} in ${system.name}`;
  await hub.db.transaction(async (sql) => {
    await recordWaits(sql, wishSubject(wish), missing);
    if (required) await shelveWish(sql, wish, claim, "waiting", { code: "NAVE_REFERENCE_MISSING", text });
    await insertHops(sql, [waitingHop(system.name, type.name, wish, text)]);
  });
}

/** The sweeper opens the wish again when nothing of the record is parked there any more. */
async function waitForCorrection(
  delivery: Delivery,
  wish: Wish,
  properties: readonly string[],
): Promise<undefined> {
  const { hub, system, type, claim } = delivery;
  const text = `waits: in ${system.name} somebody has edited ${properties.join(", ")} in a way that was refused, and would be overruled unheard. Correct or drop that dead letter`;
  await hub.db.transaction(async (sql) => {
    await shelveWish(sql, wish, claim, "waiting", { code: "NAVE_RECORD_INVALID", text });
    await insertHops(sql, [waitingHop(system.name, type.name, wish, text)]);
  });
  return undefined;
}

function waitingHop(system: string, entity: string, wish: Wish, text: string) {
  const { correlationId, messageId, canonicalId } = wish;
  return {
    correlationId,
    messageId,
    entity,
    canonicalId,
    system,
    localId: null,
    step: "waiting" as const,
    text,
  };
}

async function unmappable(delivery: Delivery, wish: Wish, problems: readonly Problem[]): Promise<undefined> {
  const [first] = problems;
  await parkWish(delivery, wish, {
    code: "NAVE_RECORD_INVALID",
    text: problems.map((problem) => problem.text).join("; "),
    path: first?.path,
    value: first?.value,
    accepts: first?.accepts,
  });
  return undefined;
}
