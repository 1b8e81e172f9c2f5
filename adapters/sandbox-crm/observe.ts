import type { JsonObject, Observation } from "../../src/adapter-kit/index.ts";

/** Takes a record as the CRM sends it apart: content, lock token, stamp. Whether it is gone shows in `removed` or `archived`. */
export function observe(wire: JsonObject): Observation {
  const { etag, createdAt, updatedAt, removed, ...native } = wire;
  const modifiedAt = (updatedAt ?? createdAt) as string | undefined;
  return {
    localId: native["id"] as string,
    native,
    ...(modifiedAt !== undefined && { modifiedAt }),
    ...(typeof etag === "string" && { lockToken: etag }),
    ...((removed === true || native["archived"] === true) && { deleted: true }),
  };
}
