import { NaveError } from "../errors.ts";
import { DrawnCases } from "./cases/drawn-cases.ts";
import type { FlowOptions } from "./flow-engine.ts";
import { naveContext, recordContext } from "./nave-message.ts";
import type { FlowServices } from "./node-api.ts";
import { messageKey, type RedMessage } from "./node-red.ts";
import { readSparingly } from "./read-sparingly.ts";
import type { Sources } from "./sources.ts";
import type { CompletionTracker } from "./tracking/completion-tracker.ts";
import type { TrackHooks } from "./tracking/track-hooks.ts";
import type { Traffic } from "./tracking/traffic.ts";
import type { Waiters } from "./waiters.ts";

const WAITS_FRESH_MS = 1000;

type Offered = Pick<
  FlowOptions,
  "hub" | "suggestions" | "versions" | "readWaits" | "readPath" | "flowsDir" | "userDir" | "permits"
>;
type Around = {
  hooks: TrackHooks;
  tracker: CompletionTracker;
  sources: Sources;
  waiters: Waiters;
  traffic: Traffic;
};

/** What the hub's nodes are given. */
export function flowServices(
  offered: Offered,
  { hooks, tracker, sources, waiters, traffic }: Around,
): FlowServices {
  const { versions, suggestions, flowsDir, userDir, permits = () => true } = offered;
  // What the hub opens on behalf of a node (connections, timers) is not the node's work, and outlives the message.
  const hub = hooks.outside(offered.hub);
  const readWaits = readSparingly(offered.readWaits ?? (async () => []), WAITS_FRESH_MS);
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
    ...(versions && { versions }),
    suggestions: suggestions ?? { entities: [], systems: [], operations: [] },
    addSource: (source) => sources.add(source),
    addWaiter: (waiter) => waiters.add(waiter),
    wait: async (node, message, key, request) => {
      refuseEnded(message);
      await hub.wait({ ...waiters.arrival(node, message, key), ...request });
    },
    meet: (node, message, key) => hub.meet(waiters.arrival(node, message, key)),
    amend: (node, message, changes) => {
      const { entity, canonicalId } = recordContext(message);
      const { key: _, ...arrival } = waiters.arrival(node, message, canonicalId);
      return hub.amend({ ...arrival, entity, canonicalId, changes });
    },
    reject: async (message, reason) => {
      const run = tracker.find(messageKey(message));
      const path = run && { path: run.path.read() };
      await hub.reject(run?.messageId ?? naveContext(message).messageId, { ...reason, ...path });
      putAway(message);
    },
    call: async (message, request) => {
      const reply = await hub.call(request, tracker.find(messageKey(message))?.path.read());
      if (reply === undefined) putAway(message);
      return reply;
    },
    cases: new DrawnCases({ flowsDir, paletteDir: userDir, permits }),
    readPath: offered.readPath ?? (async () => undefined),
    traffic: async () => traffic.read(tracker.runsUnderWay(), await readWaits()),
  };
}
