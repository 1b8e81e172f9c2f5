import { AsyncLocalStorage } from "node:async_hooks";
import { type CompletionTracker, nameOf, type Place, type Run, type Step } from "./completion-tracker.ts";
import type { HubPort } from "./hub-port.ts";
import {
  type LiveNode,
  messageKey,
  type NodeRed,
  type RedMessage,
  saysDone,
  takesInput,
} from "./node-red.ts";
import { Turnstile } from "./turnstile.ts";

type SendEvent = { msg: RedMessage; source: { node: LiveNode }; destination: { node: LiveNode } };
type ReceiveEvent = { msg: RedMessage; destination: { node: LiveNode } };
type CompleteEvent = { msg: RedMessage; error?: unknown; node: { node: LiveNode } };
type CaughtError = { source?: { id?: string } };

/** A node sent a copy on although the whole message had been settled on its word. */
export type LateSend = { messageId: string; place: Place };

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
  /** The unfinished copies behind a message object; the same object can be on its way through several nodes. */
  readonly #steps = new WeakMap<RedMessage, Step>();
  readonly #places = new WeakMap<LiveNode, Place>();
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
    const leave = <T>(work: () => Promise<T>): Promise<T> => this.#context.exit(work);
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
    this.#context.exit(send);
    this.#endTurn();
  }

  #departs({ msg, source, destination }: SendEvent): boolean | undefined {
    const context = this.#context.getStore();
    const key = messageKey(msg);
    const known = this.#tracker.find(key);
    if (known === undefined && this.#tracker.hasEnded(key)) return this.#holdBack(key, source.node);
    const run = known ?? context?.run;
    if (run === undefined) return undefined;
    if (run.outcome !== undefined) return this.#holdBack(run.id, source.node);
    this.#tracker.alias(key, run);
    if (context?.node === source.node) context.sent = true;
    this.#noteSend(source.node, run);
    this.#remember(msg, this.#tracker.depart(run, destination.node, this.#placeOf(destination.node)));
    return undefined;
  }

  /** Stops a copy of a message that has been dealt with; of a settled one, somebody has to know. */
  #holdBack(runId: string, node: LiveNode): false {
    const messageId = this.#tracker.settledBy(runId);
    if (messageId !== undefined) this.#listener.sentLate({ messageId, place: this.#placeOf(node) });
    return false;
  }

  #arrives({ msg, destination }: ReceiveEvent, next: () => void): void {
    const { node } = destination;
    const step = this.#arrivingStep(msg, node);
    if (node.type === "switch") this.#turnstile.enter(node, () => this.#handle(step, next));
    else this.#handle(step, next);
  }

  #handle(step: Step | undefined, next: () => void): void {
    if (step === undefined) return this.#context.exit(next);
    step.state = "working";
    this.#context.run(step, next);
  }

  #arrivingStep(msg: RedMessage, node: LiveNode): Step | undefined {
    const travelling = this.#find(msg, node, "travelling");
    if (travelling !== undefined) return travelling;
    // Catch, complete, status and link nodes are handed messages directly, without a wire.
    const run = this.#tracker.find(messageKey(msg)) ?? this.#liveContextRun();
    if (run === undefined) return undefined;
    const step = this.#tracker.depart(run, node, this.#placeOf(node));
    this.#remember(msg, step);
    this.#tracker.alias(messageKey(msg), run);
    if (node.type === "catch") this.#caught(run, msg);
    return step;
  }

  #handlerReturned({ msg, destination }: ReceiveEvent): void {
    if (destination.node.type === "switch") this.#turnstile.leave(destination.node);
    const step = this.#find(msg, destination.node, "working");
    if (step === undefined) return;
    step.received = true;
    if (!takesInput(destination.node)) {
      this.#tracker.blame(step.run, "the node was stopped before the message reached it", step.place);
    }
    if (!saysDone(destination.node) || step.errored) this.#finish(msg, step);
  }

  #completes({ msg, error, node }: CompleteEvent): void {
    const step = this.#find(msg, node.node, "working");
    if (step === undefined) return;
    if (error !== undefined && error !== null) {
      this.#tracker.blame(step.run, error, step.place);
    } else if (!step.sent && this.#senders.length > 0) {
      this.#uniteWithWhatWasSent(step);
    }
    this.#finish(msg, step);
  }

  #uniteWithWhatWasSent(step: Step): void {
    const sentFor = this.#senders.flatMap((node, at) => (node === step.node ? [this.#sentRuns[at]] : []));
    if (sentFor.length === 0 || sentFor.includes(step.run)) return;
    for (const run of sentFor)
      if (run !== undefined && run.outcome === undefined) this.#tracker.unite(step.run, run);
  }

  /** A catch node received what another node's error left: the error no longer fails the message. */
  #caught(run: Run, msg: RedMessage): void {
    const source = (msg["error"] as CaughtError | undefined)?.source?.id;
    if (source === undefined) return;
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
    const run = this.#context.getStore()?.run;
    return run?.outcome === undefined ? run : undefined;
  }

  #noteSend(node: LiveNode, run: Run): void {
    if (this.#senders.length === 0) queueMicrotask(this.#endTurn);
    this.#senders.push(node);
    this.#sentRuns.push(run);
  }

  #remember(msg: RedMessage, step: Step): void {
    const first = this.#steps.get(msg);
    if (first !== undefined) step.next = first;
    this.#steps.set(msg, step);
  }

  #find(msg: RedMessage, node: LiveNode, state: Step["state"]): Step | undefined {
    let step = this.#steps.get(msg);
    while (step !== undefined && (step.node !== node || step.state !== state)) step = step.next;
    return step;
  }

  #finish(msg: RedMessage, step: Step): void {
    let before = this.#steps.get(msg);
    if (before === step) {
      if (step.next === undefined) this.#steps.delete(msg);
      else this.#steps.set(msg, step.next);
    } else {
      while (before !== undefined && before.next !== step) before = before.next;
      if (before !== undefined) before.next = step.next;
    }
    this.#tracker.finish(step);
  }

  /** The place of a node never changes while it lives; asking for it at every step would cost more than the counting. */
  #placeOf(node: LiveNode): Place {
    let place = this.#places.get(node);
    if (place === undefined) {
      place = this.#listener.placeOf(node);
      this.#places.set(node, place);
    }
    return place;
  }
}

/** What a person has to do about a node that sends after its `done`. */
export function lateSendText(late: LateSend): string {
  return `${nameOf(late.place)} sent on after it had said that it was done with message ${late.messageId}; what it sent was held back`;
}
