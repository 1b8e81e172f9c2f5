import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";

/** Takes a record as the ERP sends it apart: content, lock version, stamp. It is gone when `Deleted`, or `Blocked`. */
export function observe(wire: JsonObject): Observation {
  const { LockVersion, Created, Modified, Deleted, ...rest } = wire;
  const native = withoutEmpty(rest);
  const modifiedAt = (Modified ?? Created) as string | undefined;
  return {
    localId: native["Id"] as string,
    native,
    ...(typeof modifiedAt === "string" && { modifiedAt }),
    ...(typeof LockVersion === "number" && { lockToken: `${LockVersion}` }),
    ...((Deleted === true || native["Blocked"] === true) && { deleted: true }),
  };
}

/** The records of an answer, whatever their type. */
export function recordsOf(answer: JsonObject): JsonObject[] {
  const wrapper = answer["Records"];
  if (typeof wrapper !== "object" || wrapper === null || Array.isArray(wrapper)) return [];
  return Object.values(wrapper).flatMap((list) => list as JsonObject[]);
}

/** An empty element, null or an empty text, means that nothing is there: it is neither kept nor sent. */
export function withoutEmpty(record: JsonObject): JsonObject {
  const entries = Object.entries(record).filter(([, value]) => value !== null && value !== "");
  return Object.fromEntries(entries.map(([name, value]) => [name, deep(value)]));
}

function deep(value: Json): Json {
  if (Array.isArray(value)) return value.map(deep);
  return typeof value === "object" && value !== null ? withoutEmpty(value) : value;
}
