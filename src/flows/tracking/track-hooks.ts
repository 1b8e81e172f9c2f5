import { AsyncLocalStorage } from "node:async_hooks";
import type { HubPort } from "../hub-port.ts";
import {
  type LiveNode,
  messageKey,
  type NodeRed,
  type RedMessage,
  saysDone,
  takesInput,
} from "../node-red.ts";
import { plainId } from "../versions/version-copy.ts";
import { type CompletionTracker, nameOf, type Place, type Run, type Step } from "./completion-tracker.ts";
import type { MessageNames } from "./run-ids.ts";
import { type TrackedNode, trackNode } from "./tracked-node.ts";
import { Turnstile } from "./turnstile.ts";

type SendEvent = { msg: RedMessage; source: { node: LiveNode }; destination: { node: LiveNode } };
type ReceiveEvent = { msg: RedMessage; destination: { node: LiveNode } };
type CompleteEvent = { msg: RedMessage; error?: unknown; node: { node: LiveNode } };
type CaughtError = { source?: { id?: string } };

/** A node sent a copy on although the whole message had been settled on its word. */
export type LateSend = MessageNames & { place: Place };

/** Ends a turn as `queueMicrotask` does, at a tenth of its cost inside an asynchronous context (Node 24). */
const NOW = Promise.resolve();

/** What the hooks tell besides the counting itself. */
export type TrackListener = {
  /** The place of a node, for errors and traces. */
  placeOf(node: LiveNode): Place;
  sentLate(late: LateSend): void;
};

/**
 * Feeds Node-RED's message hooks into the completion tracker.
 *
 * A copy belongs to a run by its `_msgid`, which core nodes and function nodes keep; where a node makes a message with a new
 * id (split, sources inside a flow), by the asynchronous context of the input handler that made it. Nodes whose input handler
 * takes no `done` are finished when the handler has returned; lint lets only those pass that are known to work synchronously.
 */
export class TrackHooks {
  readonly #tracker: CompletionTracker;
  readonly #listener: TrackListener;
  readonly #context = new AsyncLocalStorage<Step>();
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #nodes = new WeakMap<LiveNode, TrackedNode>();
  readonly #turnstile = new Turnstile();
  /** What each node has sent in the current synchronous turn: a join says `done` for all its parts right after it has sent. */
  readonly #senders: LiveNode[] = [];
  readonly #sentRuns: Run[] = [];

  readonly #endTurn = (): void => {
    this.#senders.length = 0;
    this.#sentRuns.length = 0;
  };

  constructor(tracker: CompletionTracker, listener: TrackListener) {
    this.#tracker = tracker;
    this.#listener = listener;
  }

  attach(nodeRed: NodeRed): void {
    nodeRed.hooks.add("preDeliver.nave", (event: SendEvent) => this.#departs(event));
    nodeRed.hooks.add("onReceive.nave", (event: ReceiveEvent, next: () => void) =>
      this.#arrives(event, next),
    );
    nodeRed.hooks.add("postReceive.nave", (event: ReceiveEvent) => this.#handlerReturned(event));
    nodeRed.hooks.add("onComplete.nave", (event: CompleteEvent) => this.#completes(event));
  }

  detach(nodeRed: NodeRed): void {
    nodeRed.hooks.remove("*.nave");
  }

  /** Node-RED logged an error in whatever the current code is working on: nobody caught it. False: no message was at work. */
  errorLogged(text: unknown, nodeId: string | undefined): boolean {
    const step = this.#context.getStore();
    if (step === undefined || nodeId === undefined) return false;
    this.#tracker.blame(step.run, text, step.place);
    this.#errored(step);
    return true;
  }

  /** The copy, and the node inside which it is, that the code being executed works on. */
  current(): Step | undefined {
    return this.#context.getStore();
  }

  /** An exception that no handler caught: fails the message whose node threw, and says which; undefined: no flow was at work. */
  blameCurrent(error: unknown): Step | undefined {
    const step = this.#context.getStore();
    if (step === undefined) return undefined;
    this.#tracker.blame(step.run, error, step.place);
    this.#errored(step);
    return step;
  }

  /** The same port, each call made as if no message were at work. */
  outside(hub: HubPort): HubPort {
    const leave = <T>(work: () => Promise<T>): Promise<T> => this.#outside(work);
    return {
      open: (...given) => leave(() => hub.open(...given)),
      openResumed: (...given) => leave(() => hub.openResumed(...given)),
      wait: (...given) => leave(() => hub.wait(...given)),
      meet: (...given) => leave(() => hub.meet(...given)),
      merge: (...given) => leave(() => hub.merge(...given)),
      targets: (...given) => leave(() => hub.targets(...given)),
      wish: (...given) => leave(() => hub.wish(...given)),
      derive: (...given) => leave(() => hub.derive(...given)),
      amend: (...given) => leave(() => hub.amend(...given)),
      lookup: (...given) => leave(() => hub.lookup(...given)),
      call: (...given) => leave(() => hub.call(...given)),
      notify: (...given) => leave(() => hub.notify(...given)),
      reject: (...given) => leave(() => hub.reject(...given)),
      settle: (...given) => leave(() => hub.settle(...given)),
      fail: (...given) => leave(() => hub.fail(...given)),
    };
  }

  /** A node sends what it is not at work on: nothing that it says next in this turn is about that. */
  apart(send: () => void): void {
    this.#outside(send);
    this.#endTurn();
  }

  #departs({ msg, source, destination }: SendEvent): boolean | undefined {
    const context = this.#context.getStore();
    const key = messageKey(msg);
    const known = context?.run.id === key ? liveRunOf(context) : this.#tracker.find(key);
    if (known === undefined && this.#tracker.hasEnded(key)) return this.#holdBack(key, source.node);
    const run = known ?? context?.run;
    if (run === undefined) return undefined;
    if (run.outcome !== undefined) return this.#holdBack(run.id, source.node);
    this.#tracker.alias(key, run);
    if (context?.at.node === source.node) context.sent = true;
    this.#noteSend(source.node, run, context);
    this.#tracker.depart(run, this.#at(destination.node), msg);
    return undefined;
  }

  /** Stops a copy of a message that has been dealt with; of a settled one, somebody has to know. */
  #holdBack(runId: string, node: LiveNode): false {
    const names = this.#tracker.settledBy(runId);
    if (names !== undefined) this.#listener.sentLate({ ...names, place: this.#at(node).place });
    return false;
  }

  #arrives({ msg, destination: { node } }: ReceiveEvent, next: () => void): void {
    const travelling = this.#at(node).travelling.find(msg);
    const step = travelling ?? this.#handedOver(msg, node);
    const byWire = travelling !== undefined;
    if (node.type === "switch") this.#turnstile.enter(node, () => this.#handle(step, byWire, next));
    else this.#handle(step, byWire, next);
  }

  #handle(step: Step | undefined, byWire: boolean, next: () => void): void {
    if (step === undefined) return this.#outside(next);
    this.#tracker.arrive(step);
    if (!byWire) return this.#context.run(step, next);
    // Each wire ends in a turn of the event loop of its own: nothing follows that would want its context back.
    this.#context.enterWith(step);
    next();
  }

  /** Catch, complete, status and link nodes are handed messages directly, without a wire. */
  #handedOver(msg: RedMessage, node: LiveNode): Step | undefined {
    const run = this.#tracker.find(messageKey(msg)) ?? this.#liveContextRun();
    if (run === undefined) return undefined;
    const step = this.#tracker.depart(run, this.#at(node), msg);
    this.#tracker.alias(messageKey(msg), run);
    if (node.type === "catch") this.#caught(run, msg);
    return step;
  }

  #handlerReturned({ msg, destination: { node } }: ReceiveEvent): void {
    if (node.type === "switch") this.#turnstile.leave(node);
    const step = this.#workingOn(msg, node);
    if (step === undefined) return;
    step.received = true;
    if (!takesInput(node)) {
      this.#tracker.blame(step.run, "the node was stopped before the message reached it", step.place);
    }
    if (!saysDone(node) || step.errored) this.#tracker.finish(step);
  }

  #completes({ msg, error, node: { node } }: CompleteEvent): void {
    const step = this.#workingOn(msg, node);
    if (step === undefined) return;
    if (error !== undefined && error !== null) {
      this.#tracker.blame(step.run, error, step.place);
    } else if (!step.sent && this.#senders.length > 0) {
      this.#uniteWithWhatWasSent(step);
    }
    this.#tracker.finish(step);
  }

  /** Handlers return, and most nodes say `done`, in the context in which they were given the message. */
  #workingOn(msg: RedMessage, node: LiveNode): Step | undefined {
    const current = this.#context.getStore();
    if (current?.message === msg && current.at.node === node && current.state === "working") return current;
    return this.#at(node).working.find(msg);
  }

  #uniteWithWhatWasSent(step: Step): void {
    const sentFor = this.#senders.flatMap((node, at) => (node === step.at.node ? [this.#sentRuns[at]] : []));
    if (sentFor.length === 0 || sentFor.includes(step.run)) return;
    for (const run of sentFor)
      if (run !== undefined && run.outcome === undefined) this.#tracker.unite(step.run, run);
  }

  /** A catch node received what another node's error left: the error no longer fails the message. */
  #caught(run: Run, msg: RedMessage): void {
    const id = (msg["error"] as CaughtError | undefined)?.source?.id;
    if (id === undefined) return;
    const source = plainId(id);
    this.#tracker.forgive(run, source);
    const failing = this.#context.getStore();
    if (failing?.place.node === source) this.#errored(failing);
  }

  /** By convention a node that reports an error about a message has ended with it; one that threw never says `done`. */
  #errored(step: Step): void {
    step.errored = true;
    if (step.received) this.#tracker.finish(step);
  }

  #liveContextRun(): Run | undefined {
    return liveRunOf(this.#context.getStore());
  }

  /** Where nothing else is inside the node, it cannot say `done` for anything else in this turn. */
  #noteSend(node: LiveNode, run: Run, context: Step | undefined): void {
    if (!this.#at(node).working.hasOtherThan(context)) return;
    if (this.#senders.length === 0) void NOW.then(this.#endTurn);
    this.#senders.push(node);
    this.#sentRuns.push(run);
  }

  /** What is known of a node never changes while it lives; asking for its place at every step would cost more than the counting. */
  #at(node: LiveNode): TrackedNode {
    let tracked = this.#nodes.get(node);
    if (tracked === undefined) {
      tracked = trackNode(node, this.#listener.placeOf(node));
      this.#nodes.set(node, tracked);
    }
    return tracked;
  }
}

function liveRunOf(step: Step | undefined): Run | undefined {
  return step?.run.outcome === undefined ? step?.run : undefined;
}

/** What a person has to do about a node that sends after its `done`. */
export function lateSendText(late: LateSend): string {
  return `${nameOf(late.place)} sent on after it had said that it was done with message ${late.messageId}; what it sent was held back`;
}
