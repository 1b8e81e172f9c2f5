import type { RedMessage } from "../node-red.ts";

type Parts = { index?: unknown; parts?: Parts };

/**
 * Tells a copy of a message from its other copies by what made them several: the system that `route` chose, and the place in
 * what was split, from the outermost in. The same at each redelivery, whatever has become of the content.
 */
export function partOf(message: RedMessage): string {
  const { target } = (message["nave"] ?? {}) as { target?: unknown };
  const places: string[] = [];
  let parts = message["parts"] as Parts | undefined;
  while (parts !== undefined && parts !== null) {
    places.unshift(String(parts.index));
    parts = parts.parts;
  }
  return [...(typeof target === "string" ? [target] : []), ...places].join("/");
}
