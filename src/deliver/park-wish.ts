import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { isPrefix } from "../merge/field-rules.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import type { Sql } from "../store/database.ts";
import { openDeadLetter } from "../store/dead-letters.ts";
import { insertHops } from "../store/hops.ts";
import { shelveWish, type Wish, wishSubject } from "../store/wishes.ts";
import type { Delivery } from "./delivery.ts";

export type ParkReason = {
  code: "NAVE_RECORD_INVALID" | "NAVE_RECORD_REFUSED" | "NAVE_WRITE_IN_DOUBT" | "NAVE_FLOW_FAILED";
  text: string;
  /** Canonical field at fault, where it is known. */
  path?: string | undefined;
  /** Native field at fault in the target, where it is known. */
  field?: string | undefined;
  value?: Json | undefined;
  accepts?: string | undefined;
  /** What the hub has stopped by this. */
  alarm?: "loop";
};

/** Parks one record's delivery alone, with the reason said to the person who can correct it, in the system it came from. */
export async function parkWish(delivery: Delivery, wish: Wish, reason: ParkReason): Promise<void> {
  await delivery.hub.db.transaction((sql) => parkWishIn(sql, delivery, wish, reason));
}

/** The same inside a transaction of the caller's. */
export async function parkWishIn(
  sql: Sql,
  delivery: Delivery,
  wish: Wish,
  reason: ParkReason,
): Promise<void> {
  const { system, type, claim } = delivery;
  const inDoubt = reason.code === "NAVE_WRITE_IN_DOUBT";
  const detail = await explain(sql, delivery, wish, reason);
  await shelveWish(sql, wish, claim, inDoubt ? "in-doubt" : "parked", { code: reason.code, ...detail });
  await openDeadLetter(sql, {
    subject: wishSubject(wish),
    system: system.name,
    entity: type.name,
    canonicalId: wish.canonicalId,
    localId: null,
    code: reason.code,
    text: detail.text,
    detail,
    owner: detail.owner,
  });
  await insertHops(sql, [
    {
      correlationId: wish.correlationId,
      messageId: wish.messageId,
      entity: type.name,
      canonicalId: wish.canonicalId,
      system: system.name,
      localId: null,
      step: inDoubt ? "in-doubt" : reason.code === "NAVE_RECORD_REFUSED" ? "refused" : "parked",
      text: detail.text,
    },
  ]);
}

/** What a dead letter tells, besides `text` and `owner`: record, field, value, what is accepted, where to correct it. */
type Explanation = JsonObject & { text: string; owner: string };

/** Finds the field's origin: who holds it, and what the field is called there. */
async function explain(sql: Sql, delivery: Delivery, wish: Wish, reason: ParkReason): Promise<Explanation> {
  const { hub, system, type } = delivery;
  const [record] = await selectCanonical(sql, type.name, [wish.canonicalId]);
  const path = reason.path ?? canonicalPath(delivery, reason.field);
  const originName = path === undefined ? undefined : originOf(record?.provenance ?? {}, path);
  const origin = originName === undefined ? undefined : hub.systems.get(originName);
  const names = hub.model.entity(type.name).businessKeys(wish.body);
  const label = names[0]?.value ?? wish.canonicalId;
  const field =
    (origin && path && nativePath(origin.mapping(type.name).fields, path)) ?? path ?? reason.field;
  return {
    text: `${type.name} ${label}: ${system.config.title} ${reason.code === "NAVE_WRITE_IN_DOUBT" ? "may or may not hold it" : "does not take it"}: ${reason.text}`,
    record: label,
    ...(field === undefined ? {} : { field }),
    ...(reason.value === undefined ? {} : { value: reason.value }),
    ...(reason.accepts === undefined ? {} : { accepts: reason.accepts }),
    ...(reason.alarm === undefined ? {} : { alarm: reason.alarm }),
    correctIn: (origin ?? system).config.title,
    owner: (origin ?? system).config.owner,
  };
}

function canonicalPath({ system, type }: Delivery, field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  return system.mapping(type.name).fields.find((row) => row.native === field)?.canonical;
}

function nativePath(
  fields: readonly { canonical: string; native: string }[],
  path: string,
): string | undefined {
  return fields.find((row) => isPrefix(row.canonical, path))?.native;
}

function originOf(provenance: Record<string, { system: string }>, path: string): string | undefined {
  const field = Object.keys(provenance).find((known) => isPrefix(path, known) || isPrefix(known, path));
  return field === undefined ? undefined : provenance[field]?.system;
}
