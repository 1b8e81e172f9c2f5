import { NaveError, toNaveError } from "../../errors.ts";
import { PathRecorder } from "./message-path.ts";
import { type MessageNames, RunIds } from "./run-ids.ts";
import type { Copies, TrackedNode } from "./tracked-node.ts";
import type { NodeTraffic } from "./traffic.ts";

/** Where in a flow a copy of a message is. */
export type Place = {
  flow: string;
  /** Present: in this version of the flow, which is not its newest. */
  olderVersion?: string;
  /** As it runs; an older version has a tab of its own. */
  tab: string;
  node: string;
  nodeName?: string;
  nodeType: string;
  /** Of the node as it is drawn; inside a subflow, with the way to it. */
  address: string;
  traffic: NodeTraffic;
};

/** The node that code belongs to, and the message that it works on. */
export type AtWork = Omit<Place, "tab" | "address" | "traffic"> & MessageNames;

export type RunOutcome =
  | { kind: "completed" }
  /** Its nodes were stopped: it has to be run again. */
  | { kind: "interrupted" }
  | { kind: "failed"; error: NaveError; place: Place | undefined };

/** One copy of a message: on a wire, or inside a node. */
export type Step = {
  readonly run: Run;
  readonly at: TrackedNode;
  readonly place: Place;
  /** The object that the node is handed; undefined once it has finished. */
  message: object | undefined;
  /** `travelling` on a wire, `working` inside the node, `finished` when the node has said so. */
  state: "travelling" | "working" | "finished";
  /** The node has been given the message: its input handler has returned. */
  received: boolean;
  /** The node reported an error about this copy. */
  errored: boolean;
  /** The node sent something on while it worked on this copy. */
  sent: boolean;
  /** Where it stands in `run.steps`. */
  index: number;
  /** The copies of its node that it stands among; undefined: nobody asks for it any more. */
  among: Copies | undefined;
  before: Step | undefined;
  after: Step | undefined;
};

/** One attempt of one hub message to get through every flow that takes it. */
export type Run = {
  /** Carried by every copy as `_msgid`. */
  readonly id: string;
  readonly messageId: string;
  readonly correlationId: string | undefined;
  readonly deadline: number;
  /** Of the flows that it began in, by tab, as they were then: a deploy may have put another version there since. */
  readonly versions: Map<string, string>;
  readonly steps: Step[];
  /** Copies made of it so far. */
  copies: number;
  readonly path: PathRecorder;
  /** Other ids its copies carry, because a node gave its messages new ones. */
  readonly aliases: string[];
  outcome: RunOutcome | undefined;
  /** The hub has put the message away itself, parked or waiting for a reply: neither settle nor fail it. */
  putAway: boolean;
  /** Runs that end together, because a node made one message out of several. */
  group: Group;
  readonly end: (outcome: RunOutcome) => void;
};

type Group = {
  runs: Run[];
  /** Copies under way, and the hold that `start` takes until `release`. */
  open: number;
  failures: { error: NaveError; place: Place | undefined }[];
  checking: boolean;
  /** Its runs belong to another group now. */
  united: boolean;
};

/**
 * Counts every copy of a hub message through a flow and says, exactly once per run, how it ended.
 *
 * A run completes when no copy of it is left. It fails when a copy ended in an error that nobody caught, reported only when
 * all other copies have ended too, so that the next attempt never overlaps with this one; or when copies are left at its
 * deadline, which names the nodes that hold them.
 */
export class CompletionTracker {
  readonly #runs = new Map<string, Run>();
  readonly #aliases = new Map<string, Run>();
  readonly #ids = new RunIds();
  readonly #timeoutMs: number;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: { timeoutMs: number }) {
    this.#timeoutMs = options.timeoutMs;
    this.#sweep = setInterval(() => this.#expire(), Math.min(1000, Math.max(20, options.timeoutMs / 4)));
    this.#sweep.unref();
  }

  /** Begins an attempt and holds it open until `release`. `end` is called once. */
  start(messageId: string, end: (outcome: RunOutcome) => void, correlationId?: string): Run {
    const run: Run = {
      id: this.#ids.next(messageId, correlationId),
      messageId,
      correlationId,
      deadline: Date.now() + this.#timeoutMs,
      versions: new Map(),
      steps: [],
      copies: 0,
      path: new PathRecorder(),
      aliases: [],
      outcome: undefined,
      putAway: false,
      group: { runs: [], open: 1, failures: [], checking: false, united: false },
      end,
    };
    run.group.runs.push(run);
    this.#runs.set(run.id, run);
    return run;
  }

  release(run: Run): void {
    this.#close(run.group);
  }

  /** The run under way that this `_msgid` belongs to. */
  find(id: string | undefined): Run | undefined {
    if (id === undefined) return undefined;
    return this.#runs.get(id) ?? this.#aliases.get(id);
  }

  /** Whether this is the id of a run that has ended: what still carries it comes too late. */
  hasEnded(id: string | undefined): id is string {
    return id !== undefined && this.#ids.gave(id) && !this.#runs.has(id);
  }

  /** The message that was settled with this run; undefined when it failed, and is tried again anyway. */
  settledBy(id: string): MessageNames | undefined {
    return this.#ids.completed(id);
  }

  /** Copies that carry this `_msgid` belong to the run: a node gave its message a new id. */
  alias(id: string | undefined, run: Run): void {
    if (id === undefined || id === run.id || this.#aliases.get(id) === run) return;
    this.#aliases.set(id, run);
    run.aliases.push(id);
  }

  /** A copy was put on the wire to this node. */
  depart(run: Run, at: TrackedNode, message?: object): Step {
    const step: Step = {
      run,
      at,
      place: at.place,
      message,
      state: "travelling",
      received: false,
      errored: false,
      sent: false,
      index: 0,
      among: undefined,
      before: undefined,
      after: undefined,
    };
    step.index = run.steps.push(step) - 1;
    run.copies += 1;
    at.place.traffic.messages += 1;
    run.path.add(at.place);
    run.group.open += 1;
    moveTo(step, at.travelling);
    return step;
  }

  /** The node is given its copy. What it says about a run that has ended is of no interest any more. */
  arrive(step: Step): void {
    step.state = "working";
    moveTo(step, step.run.outcome === undefined ? step.at.working : undefined);
  }

  /** The node is done with its copy. Saying so twice counts once. */
  finish(step: Step): void {
    if (step.state === "finished") return;
    step.state = "finished";
    step.message = undefined;
    moveTo(step, undefined);
    const { steps, group } = step.run;
    const last = steps.pop();
    if (last !== undefined && last !== step) {
      steps[step.index] = last;
      last.index = step.index;
    }
    this.#close(group);
  }

  /** A copy ended in an error; the run fails unless a catch node forgives it. */
  blame(run: Run, thrown: unknown, place: Place | undefined): void {
    if (run.outcome !== undefined) return;
    const known = run.group.failures.some((failure) => failure.place?.node === place?.node);
    if (!known) run.group.failures.push({ error: toNaveError(thrown, "NAVE_FLOW_FAILED"), place });
  }

  /** A catch node took the error of this node: it no longer fails the run. */
  forgive(run: Run, node: string): void {
    run.group.failures = run.group.failures.filter((failure) => failure.place?.node !== node);
  }

  /** A node sent for `into` what it held for `from` too: from now on the two share their fate. */
  unite(from: Run, into: Run): void {
    const source = from.group;
    const target = into.group;
    if (source === target) return;
    for (const run of source.runs) {
      target.runs.push(run);
      run.group = target;
    }
    source.united = true;
    target.open += source.open;
    target.failures.push(...source.failures);
  }

  /** Ends a run from outside, and those that share its fate: its nodes are being stopped. */
  interrupt(run: Run): void {
    this.#end(run.group, { kind: "interrupted" });
  }

  runsUnderWay(): Run[] {
    return [...this.#runs.values()];
  }

  stop(): void {
    clearInterval(this.#sweep);
    for (const run of this.runsUnderWay()) {
      const error = new NaveError(
        "NAVE_FLOW_FAILED",
        `message ${run.messageId} was interrupted: the hub is stopping`,
      );
      this.#end(run.group, { kind: "failed", error, place: run.steps[0]?.place });
    }
  }

  #close(group: Group): void {
    group.open -= 1;
    if (group.open > 0 || group.checking) return;
    // A node may send right after it has said `done`, and a complete node is told only then: look again a turn later.
    group.checking = true;
    setImmediate(() => {
      group.checking = false;
      if (group.open === 0 && !group.united) this.#conclude(group);
    });
  }

  #conclude(group: Group): void {
    const failure = group.failures[0];
    this.#end(group, failure === undefined ? { kind: "completed" } : { kind: "failed", ...failure });
  }

  #end(group: Group, outcome: RunOutcome): void {
    for (const run of group.runs) {
      if (run.outcome !== undefined) continue;
      run.outcome = outcome;
      this.#runs.delete(run.id);
      for (const id of run.aliases) this.#aliases.delete(id);
      for (const step of run.steps) if (step.state === "working") moveTo(step, undefined);
      if (outcome.kind === "completed") this.#ids.markCompleted(run.id);
      run.end(outcome);
    }
  }

  #expire(): void {
    const now = Date.now();
    for (const run of this.#runs.values()) {
      if (run.deadline > now) return;
      // Its last copy has ended; on a busy machine, the turn in which it is looked at again may be late.
      if (run.group.open === 0) continue;
      const failure = run.group.failures[0] ?? neverDone(run, this.#timeoutMs);
      this.#end(run.group, { kind: "failed", ...failure });
    }
  }
}

function moveTo(step: Step, copies: Copies | undefined): void {
  step.among?.delete(step);
  step.among = copies;
  copies?.add(step);
}

function neverDone(run: Run, timeoutMs: number): { error: NaveError; place: Place | undefined } {
  const holders = [...new Map(run.steps.map((step) => [step.place.node, step.place])).values()];
  const names = holders.map(nameOf).join(", ");
  const text =
    holders.length === 0
      ? `message ${run.messageId} was still open after ${timeoutMs / 1000} s`
      : `message ${run.messageId} was not finished within ${timeoutMs / 1000} s by ${names}`;
  return {
    error: new NaveError("NAVE_FLOW_FAILED", text, { accepts: "a node that calls done() for every message" }),
    place: holders[0],
  };
}

/** `route "by region" (route, n4f2) in flow customer-sync`. */
export function nameOf(place: Place): string {
  const name = place.nodeName === undefined ? "" : ` "${place.nodeName}"`;
  const older = place.olderVersion === undefined ? "" : `, older version ${place.olderVersion}`;
  return `${place.nodeType}${name} (${place.node}) in flow ${place.flow}${older}`;
}

/** For lines of the log about the message. */
export function namesOf({ messageId, correlationId }: Run): MessageNames {
  return { messageId, ...(correlationId === undefined ? {} : { correlationId }) };
}
