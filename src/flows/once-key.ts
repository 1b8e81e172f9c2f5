import { isDeepStrictEqual } from "node:util";
import { NaveError } from "../errors.ts";
import type { RedMessage } from "./node-red.ts";

type Parts = { index?: unknown; parts?: Parts };

/**
 * Names what one node does for one message, the same however often the message comes, and in whatever version of the flow: by
 * the message, the address of the node, and, of the parts that a split node makes, their places.
 */
export function onceKey(messageId: string, node: string, message: RedMessage): string {
  const places: string[] = [];
  for (let parts = message["parts"] as Parts | undefined; parts !== undefined; parts = parts.parts) {
    if (typeof parts.index === "number") places.push(String(parts.index));
  }
  return [messageId, node, ...(places.length > 0 ? [places.reverse().join(".")] : [])].join("/");
}

const REMEMBERED = 10_000;

/**
 * Notices when one attempt of a message comes through a node more than once and asks for different things under the same key:
 * the second would be given what the first has got.
 */
export class OnceKeys {
  readonly #asked = new Map<string, unknown>();

  /** @throws NAVE_CONFIG_INVALID. `attempt` is what all copies of one attempt carry. */
  check(attempt: string, key: string, asked: unknown): void {
    const place = `${attempt} ${key}`;
    if (!this.#asked.has(place)) {
      this.#asked.set(place, asked);
      if (this.#asked.size > REMEMBERED) this.#asked.delete(this.#asked.keys().next().value ?? "");
      return;
    }
    if (isDeepStrictEqual(this.#asked.get(place), asked)) return;
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      "the message comes through this node more than once, each time with something else, under one key",
      {
        field: "key",
        value: key,
        accepts: "parts made by a split node, or a key of its own for each in the node's settings",
      },
    );
  }
}
