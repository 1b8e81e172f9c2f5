import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { UnderWay } from "./flow-gate.ts";
import type { FailedAt, FlowMessage, HubPort, ResumedMessage } from "./hub-port.ts";
import type { Source } from "./node-api.ts";
import { type LiveNode, tabOf, takesInput } from "./node-red.ts";
import { leaving } from "./resumed.ts";
import type { CompletionTracker, Place, Run, RunOutcome } from "./tracking/completion-tracker.ts";
import { type LateSend, lateSendText, type TrackHooks } from "./tracking/track-hooks.ts";

type Around = {
  hub: HubPort;
  tracker: CompletionTracker;
  hooks: TrackHooks;
  placeOf: (node: LiveNode) => Place;
  versionOf: (tab: string) => string;
  ended: Ended;
  log: Log;
};

/** Told of the tabs that a message was fed to. `put-away`: it waits, or was rejected. */
export type Ended = (tabs: Iterable<string>, outcome: "completed" | "failed" | "put-away") => void;

/** Feeds messages to the nodes that take them, and tells the hub how each attempt has ended. */
export class Attempts {
  readonly #around: Around;
  readonly #underWay = new Map<Run, UnderWay>();

  constructor(around: Around) {
    this.#around = around;
  }

  /** @returns whether a deploy has interrupted it: it is to be made again, at once, as no attempt of its own. */
  accepted(message: FlowMessage, takers: readonly Source[]): Promise<boolean> {
    const tabs = takers.map(({ node }) => tabOf(node));
    return this.#attempt(message, tabs, (run) => this.#feed(run, message, takers));
  }

  /** The message goes on from a node that waited. @returns as `accepted`. */
  resumed(message: ResumedMessage, node: LiveNode): Promise<boolean> {
    return this.#attempt(message, [tabOf(node)], (run) => this.#goOn(run, message, node));
  }

  underWay(): UnderWay[] {
    return [...this.#underWay.values()];
  }

  /** A settled message whose node sent on nevertheless: its effect is missing, and a retry would do the same again. */
  parkLate(late: LateSend): void {
    const { hub, log } = this.#around;
    const { messageId, correlationId } = late;
    late.place.traffic.failures += 1;
    const error = new NaveError("NAVE_CONFIG_INVALID", lateSendText(late), {
      accepts: "a node that calls done() after its last send; in a function node, node.done()",
    });
    log.error({ ...whereIs(late.place), messageId, correlationId }, error.message);
    hub.fail(messageId, error, whereIs(late.place)).catch((failure: unknown) => {
      log.error(
        { messageId, correlationId, cause: String(failure) },
        "a message whose node sent too late could not be parked",
      );
    });
  }

  #attempt(
    { messageId, correlationId }: FlowMessage | ResumedMessage,
    fed: readonly string[],
    feed: (run: Run) => void,
  ): Promise<boolean> {
    const { tracker, versionOf } = this.#around;
    const { promise, resolve } = Promise.withResolvers<RunOutcome>();
    const run = tracker.start(messageId, resolve, correlationId);
    for (const tab of fed) run.versions.set(tab, versionOf(tab));
    const ended = this.#report(run, promise);
    const tabs = (): Set<string> => new Set([...fed, ...run.steps.map((step) => step.place.tab)]);
    this.#underWay.set(run, { tabs, ended });
    feed(run);
    tracker.release(run);
    return ended;
  }

  #feed(run: Run, message: FlowMessage, takers: readonly Source[]): void {
    const { body, epoch: _epoch, ...nave } = message;
    for (const { node } of takers) {
      const copy = { payload: structuredClone(body), nave: { ...nave } };
      node.receive({ _msgid: run.id, topic: message.entity, ...copy });
    }
    if (run.copies < takers.length) {
      const text = `message ${run.messageId} did not get into every flow that takes it`;
      this.#around.tracker.blame(run, new NaveError("NAVE_FLOW_FAILED", text), undefined);
    }
  }

  #goOn(run: Run, message: ResumedMessage, node: LiveNode): void {
    const place = this.#around.placeOf(node);
    // A schedule is sent nothing: its messages begin here.
    if (!takesInput(node)) place.traffic.messages += 1;
    run.path.add(place);
    this.#around.hooks.apart(() => node.send(leaving(run.id, message)));
  }

  /** Tells the hub how it has ended. One function, for each further one costs every message a turn of the event loop. */
  async #report(run: Run, end: Promise<RunOutcome>): Promise<boolean> {
    const { hub, ended } = this.#around;
    try {
      const outcome = await end;
      if (outcome.kind === "failed" && outcome.place !== undefined) outcome.place.traffic.failures += 1;
      // The port knows: it has parked the message, or lets it wait.
      if (run.putAway) {
        ended(run.versions.keys(), "put-away");
        return false;
      }
      if (outcome.kind === "interrupted") return true;
      ended(run.versions.keys(), outcome.kind);
      if (outcome.kind === "completed") await hub.settle(run.messageId, () => run.path.read());
      else await hub.fail(run.messageId, outcome.error, failedAt(run, outcome.place));
      return false;
    } finally {
      this.#underWay.delete(run);
    }
  }
}

function failedAt(run: Run, place: Place | undefined): FailedAt {
  return { ...whereIs(place), path: { ...run.path.read(), ...(place && { failedAt: place.address }) } };
}

export function whereIs(place: Place | undefined): FailedAt {
  if (place === undefined) return { flow: "", node: "" };
  const { flow, node, nodeName, olderVersion } = place;
  return {
    flow,
    node,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(olderVersion === undefined ? {} : { olderVersion }),
  };
}
