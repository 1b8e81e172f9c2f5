import { randomUUID } from "node:crypto";
import type { ApproveRequest } from "../../../src/flows/hub-port.ts";
import { handOver } from "../../../src/flows/waits/hand-over.ts";
import type { Hub } from "../../../src/hub.ts";

/** A flow of this hub asks; what goes on with the answer is held, because no such flow is deployed. @returns the approval's id. */
export async function askPeople(hub: Hub, rest: Partial<ApproveRequest> = {}): Promise<string> {
  const messageId = randomUUID();
  await hub.db.query(
    `insert into nave.message (id, kind, entity, canonical_id, body, state, correlation_id)
     values ($1, 'changed', 'customer', $1, '{}', 'settled', $1)`,
    [messageId],
  );
  const [result] = await handOver(hub, [
    {
      kind: "approve",
      messageId,
      part: "",
      place: { flow: "orders", flowVersion: "v1", node: "n1" },
      where: "approve (n1) in flow orders",
      key: messageId,
      question: "Deliver order 4711?",
      candidates: ["role:operator"],
      mode: "any",
      message: { payload: {}, nave: { messageId } },
      ...rest,
    },
  ]);
  if (result?.status === "rejected") throw result.reason;
  const [wait] = await hub.db.query<{ id: string }>("select id from nave.wait where cause_id = $1", [
    messageId,
  ]);
  return wait?.id ?? "";
}
