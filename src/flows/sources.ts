import type { FlowMessage } from "./hub-port.ts";
import type { Source } from "./node-api.ts";
import type { NodeConfig } from "./node-red.ts";
import { tabOf } from "./node-red.ts";

/** What is to enter flows; without a system: whichever it is of. */
export type Entering = Pick<FlowMessage, "entity" | "kind" | "system">;

/** The `record in` nodes that run in this process. */
export class Sources {
  readonly #all = new Set<Source>();

  add(source: Source): () => void {
    this.#all.add(source);
    return () => this.#all.delete(source);
  }

  /** Those on these tabs that take the message. */
  taking(message: Entering, isMeant: (tab: string) => boolean): Source[] {
    return [...this.#all].filter(
      (source) =>
        source.entity === message.entity &&
        source.kind === kindTaken(message) &&
        (source.system === undefined || message.system === undefined || source.system === message.system) &&
        isMeant(tabOf(source.node)),
    );
  }
}

/** Whether a flow of these nodes takes the message, were it to run. */
export function takes(nodes: readonly NodeConfig[], message: Entering): boolean {
  return nodes.some(
    (node) =>
      node.type === "record in" &&
      node["entity"] === message.entity &&
      node["kind"] === kindTaken(message) &&
      ((node["system"] ?? "") === "" || message.system === undefined || node["system"] === message.system),
  );
}

/** A rerun is an old observation sent through its flow again. */
function kindTaken({ kind }: Entering): Source["kind"] {
  return kind === "rerun" ? "observed" : kind;
}
