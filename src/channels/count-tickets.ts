import type { Channels } from "./channel.ts";

/** The same channels, and how many tickets have been finished over them. */
export function countTickets(channels: Channels): { channels: Channels; finished: () => number } {
  let finished = 0;
  const counting: Channels = {
    kind: channels.kind,
    publish: (queue, tickets) => channels.publish(queue, tickets),
    consume: (queue, { prefetch, handle }) =>
      channels.consume(queue, {
        prefetch,
        handle: (ticket) => handle(ticket).finally(() => (finished += 1)),
      }),
    depth: (queue) => channels.depth(queue),
    purge: (queue) => channels.purge(queue),
    close: () => channels.close(),
  };
  return { channels: counting, finished: () => finished };
}
