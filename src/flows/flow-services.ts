import { NaveError } from "../errors.ts";
import type { CompletionTracker } from "./completion-tracker.ts";
import type { HubPort } from "./hub-port.ts";
import { naveContext } from "./nave-message.ts";
import type { FlowServices } from "./node-api.ts";
import { messageKey, type RedMessage } from "./node-red.ts";
import type { Sources } from "./sources.ts";
import type { TrackHooks } from "./track-hooks.ts";
import type { Waiters } from "./waiters.ts";

type Around = {
  hub: HubPort;
  hooks: TrackHooks;
  tracker: CompletionTracker;
  sources: Sources;
  waiters: Waiters;
  suggestions: FlowServices["suggestions"] | undefined;
  versions: FlowServices["versions"];
};

/** What the hub's nodes are given. */
export function flowServices({ tracker, sources, waiters, suggestions, ...around }: Around): FlowServices {
  // What the hub opens on behalf of a node (connections, timers) is not the node's work, and outlives the message.
  const hub = around.hooks.outside(around.hub);
  const putAway = (message: RedMessage): void => {
    const run = tracker.find(messageKey(message));
    if (run !== undefined) run.putAway = true;
  };
  // What it would put on record comes from the attempt that follows, with the version in which that is.
  const refuseEnded = (message: RedMessage): void => {
    if (tracker.hasEnded(messageKey(message)))
      throw new NaveError("NAVE_FLOW_FAILED", "the attempt to which this message belongs is over");
  };
  return {
    hub,
    ...(around.versions && { versions: around.versions }),
    suggestions: suggestions ?? { entities: [], systems: [], operations: [] },
    addSource: (source) => sources.add(source),
    addWaiter: (waiter) => waiters.add(waiter),
    wait: async (node, message, key, request) => {
      refuseEnded(message);
      await hub.wait({ ...waiters.arrival(node, message, key), ...request });
    },
    meet: (node, message, key) => hub.meet(waiters.arrival(node, message, key)),
    reject: async (message, reason) => {
      const run = tracker.find(messageKey(message));
      await hub.reject(run?.messageId ?? naveContext(message).messageId, reason);
      putAway(message);
    },
    call: async (message, request) => {
      const reply = await hub.call(request);
      if (reply === undefined) putAway(message);
      return reply;
    },
  };
}
