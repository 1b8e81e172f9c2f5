/** How an attempt ended. `refused`: another attempt would end alike. */
export type Sending = { kind: "sent" } | { kind: "failed" | "refused"; text: string };
