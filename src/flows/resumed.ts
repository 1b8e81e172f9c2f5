import { NaveError } from "../errors.ts";
import type { ResumedMessage } from "./hub-port.ts";
import type { RedMessage } from "./node-red.ts";

/** What leaves the node that waited: its own message by now. By output, as nodes send. */
export function leaving(runId: string, resumed: ResumedMessage): (RedMessage | null)[] {
  const { messageId, correlationId, message, output } = resumed;
  const nave = { ...(message["nave"] as object), messageId, correlationId, kind: "resumed" };
  const sent = { ...structuredClone(message), nave, _msgid: runId };
  return Array.from({ length: output + 1 }, (_, index) => (index === output ? sent : null));
}

export function nodeMissing({ place, output }: ResumedMessage): NaveError {
  const { flow, flowVersion, node } = place;
  const what = `node ${node}${output === 0 ? "" : ` with output ${output + 1}`}`;
  return new NaveError(
    "NAVE_FLOW_MISSING",
    `the message goes on from ${what} of flow ${flow}, where it waited at version ${flowVersion}; that is not deployed now`,
    { accepts: "the flow enabled, with this node: the message then goes on by itself. Or drop it" },
  );
}
