import type { Json, JsonObject } from "../../adapter-kit/contract.ts";
import { NaveError } from "../../errors.ts";
import type {
  ApproveRequest,
  ArrivalAtNode,
  CollectRequest,
  CompensateRequest,
  DeadlineRequest,
  ResumedMessage,
  WaitRequest,
} from "../hub-port.ts";
import { bytesOf } from "../kept-message.ts";
import { unfulfilled } from "../versions/differences.ts";
import type { LiveWaiter } from "../waiters.ts";
import { checkValues } from "../waits/approval-form.ts";
import { candidacyOf, type Decision, outcomeOf } from "../waits/approval-rules.ts";
import {
  APPROVAL_OUTPUTS,
  type ApprovalData,
  type ApprovalEnd,
  instantOf,
  isSameQuestion,
  keptDue,
  newApproval,
  whatWasDecided,
} from "../waits/approve.ts";
import { dueOfWindow, type EndedBy, endOfWindow, growWindow, type Window } from "../waits/collect-rules.ts";
import { compileExpression } from "../waits/expression.ts";
import { nextDue } from "../waits/schedule-plan.ts";
import type { Decided, WaitEffect } from "./types.ts";

/** What goes on from a node that waited; the message gets its id from the hub. */
export type Onward = Omit<ResumedMessage, "messageId" | "correlationId"> & { correlationId?: string };
type About = { correlationId: string };

type Open = { request: WaitRequest; about: About; since: Date; due: Date | undefined };
type Collecting = Open & { request: CollectRequest; window: Window; items: Json[]; endedBy: EndedBy };
type Asking = Open & { request: ApproveRequest; data: ApprovalData };
type Step = Open & { request: CompensateRequest };
type Undoing = Step & { current: string | undefined };

/** What waits in a case, on a clock that stands still until the case lets time pass. By the rules of the real waits, in memory. */
export class CaseWaits {
  #now: Date;
  readonly #arrived = new Set<string>();
  #deadlines: (Open & { request: DeadlineRequest })[] = [];
  #collecting: Collecting[] = [];
  #asking: Asking[] = [];
  #steps: Step[] = [];
  #undoing: Undoing[] = [];

  constructor(now: Date) {
    this.#now = now;
  }

  get now(): Date {
    return this.#now;
  }

  /** @returns what has been put on record, and what goes on at once. */
  async handOver(request: WaitRequest, about: About): Promise<{ effect?: WaitEffect; onward?: Onward }> {
    if (!this.#isFirst(request)) return {};
    switch (request.kind) {
      case "collect":
        return this.#collect(request, about);
      case "deadline":
        return this.#start(request, about);
      case "approve":
        return this.#ask(request, about);
      case "compensate":
        return this.#compensate(request, about);
    }
  }

  meet(request: ArrivalAtNode): void {
    if (this.#isFirst(request))
      this.#deadlines = this.#deadlines.filter((one) => one.request.key !== request.key);
  }

  /** A person answers. @throws NAVE_CONFIG_INVALID where no question, or several, are meant, or it is not theirs. */
  decide({ by, role, decision, values, comment, question, node, key }: Decided): Onward[] {
    const which = { ...(question && { question }), ...(node && { node }), ...(key && { key }) };
    const meant = this.#asking.filter(({ request }) => unfulfilled(which, effectOf(request)).length === 0);
    const [asking] = meant;
    if (asking === undefined || meant.length > 1) {
      const open = this.#asking.map(({ request }) => `"${request.question}"`).join(", ");
      throw new NaveError("NAVE_CONFIG_INVALID", `decided: ${meant.length} questions are meant`, {
        accepts:
          open === "" ? "a step in which a question is open" : `question, node or key of one of ${open}`,
      });
    }
    const { data } = asking;
    const candidacy = candidacyOf({ name: by, role }, data);
    if (typeof candidacy === "string") {
      const text = `decided: ${by} (${role}) may not answer "${data.question}": ${candidacy}`;
      throw new NaveError("NAVE_CONFIG_INVALID", text, { accepts: data.candidates.join(", ") });
    }
    checkValues(asking.request.form, values, decision);
    const at = this.#now.toISOString();
    const given: Decision = {
      decision,
      by,
      at,
      ...candidacy,
      stage: data.stage,
      values,
      ...(comment && { comment }),
    };
    asking.data = { ...data, decisions: [...data.decisions, given] };
    const outcome = outcomeOf(asking.data);
    return outcome === undefined ? [] : [this.#endAsking(asking, outcome)];
  }

  /** Lets time pass, up to the next thing that it ends by then. @returns what goes on; undefined: nothing more by then. */
  passTime(until: Date, schedules: readonly LiveWaiter[]): Onward | undefined {
    for (;;) {
      const dues = [
        ...[...this.#deadlines, ...this.#collecting, ...this.#asking].map((open) => ({ at: open.due, open })),
        ...schedules.map((open) => ({ at: open.plan && nextDue(open.plan, this.#now), open })),
      ].flatMap(({ at, open }) => (at !== undefined && at <= until ? [{ at, open }] : []));
      const [next] = dues.sort((a, b) => a.at.getTime() - b.at.getTime());
      if (next === undefined) {
        this.#now = until;
        return undefined;
      }
      if (next.at > this.#now) this.#now = next.at;
      const onward = "plan" in next.open ? this.#fire(next.open) : this.#endDue(next.open as Open);
      if (onward !== undefined) return onward;
    }
  }

  /** The next step of a process that is being undone, once the one before has been. */
  undoNext(isOver: (messageId: string) => boolean, begin: (onward: Onward) => string): boolean {
    const ready = this.#undoing.find(({ current }) => current === undefined || isOver(current));
    if (ready === undefined) return false;
    const step = this.#steps.findLast(({ request }) => request.key === ready.request.key);
    if (step === undefined) {
      this.#undoing = this.#undoing.filter((one) => one !== ready);
      begin(this.#leaving(ready, 0, "undo all"));
    } else {
      this.#steps = this.#steps.filter((one) => one !== step);
      ready.current = begin(this.#leaving(step, 1, "undo"));
    }
    return true;
  }

  async #collect(request: CollectRequest, about: About) {
    const open = this.#collecting.find((one) => isOfSame(one.request, request));
    const window = growWindow(open?.window ?? null, bytesOf(request.item), this.#now);
    const items = [...(open?.items ?? []), request.item];
    const due = dueOfWindow(window, request.rules);
    const since = open?.since ?? this.#now;
    const now: Collecting = {
      request,
      about: open?.about ?? about,
      since,
      due: due?.at,
      window,
      items,
      endedBy: due?.endedBy ?? "window",
    };
    this.#collecting = [...this.#collecting.filter((one) => one !== open), now];
    const { expression } = request.rules;
    const holds =
      expression !== undefined &&
      (await compileExpression(expression, "expression").evaluate({ items, ...window })) === true;
    const endedBy = endOfWindow(window, request.rules, holds);
    const effect = effectOf(request, now.due);
    return endedBy === undefined
      ? { effect }
      : { effect, onward: this.#endCollecting({ ...now, endedBy }, now) };
  }

  #endCollecting({ request, items, window, endedBy, since, about }: Collecting, open: Collecting): Onward {
    this.#collecting = this.#collecting.filter((one) => one !== open);
    const { place, where, key } = request;
    const { count, bytes } = window;
    const waited = { kind: "collect", where, key, since: since.toISOString(), count, bytes, endedBy };
    const shared = (name: string): JsonObject => {
      const values = new Set(items.map((item) => ((item as JsonObject)["nave"] as JsonObject)[name]));
      const [value] = values;
      return values.size === 1 && value !== undefined ? { [name]: value } : {};
    };
    const entity = shared("entity");
    const nave = { ...entity, ...(entity["entity"] === undefined ? {} : shared("canonicalId")), waited };
    const output = endedBy === "maximum" ? 1 : 0;
    return { place, output, message: { payload: items, nave }, correlationId: about.correlationId };
  }

  #start(request: DeadlineRequest, about: About) {
    if (this.#deadlines.some((one) => isOfSame(one.request, request))) return {};
    const due = instantOf(keptDue(request.due), this.#now);
    this.#deadlines.push({ request, about, since: this.#now, due });
    return { effect: effectOf(request, due) };
  }

  #ask(request: ApproveRequest, about: About) {
    const data = newApproval(request, null, null);
    const open = this.#asking.find((one) => isOfSame(one.request, request));
    if (open !== undefined && isSameQuestion(open.data, data)) return {};
    const due = request.due && instantOf(keptDue(request.due), this.#now);
    const asking: Asking = { request, about, since: this.#now, due, data };
    this.#asking = [...this.#asking.filter((one) => one !== open), asking];
    return { effect: effectOf(request, due) };
  }

  #compensate(request: CompensateRequest, about: About) {
    const open: Step = { request, about, since: this.#now, due: undefined };
    const isUndoing = this.#undoing.some((one) => one.request.key === request.key);
    if (request.mode === "step") this.#steps.push(open);
    else if (isUndoing) return {};
    else if (request.mode === "all") this.#undoing.push({ ...open, current: undefined });
    else this.#steps = this.#steps.filter((one) => one.request.key !== request.key);
    return request.mode === "done" ? {} : { effect: effectOf(request) };
  }

  #endDue(open: Open): Onward | undefined {
    if ("window" in open) return this.#endCollecting(open as Collecting, open as Collecting);
    if ("data" in open) return this.#expire(open as Asking);
    this.#deadlines = this.#deadlines.filter((one) => one !== open);
    return this.#leaving(open as Open & { request: DeadlineRequest }, 1, "deadline");
  }

  #expire(asking: Asking): Onward | undefined {
    const { escalation } = asking.data;
    if (escalation === null) return this.#endAsking(asking, "expired");
    asking.data = { ...asking.data, candidates: escalation.candidates, stage: 1, escalation: null };
    asking.due = instantOf(escalation.due, this.#now);
    return undefined;
  }

  #endAsking(asking: Asking, outcome: ApprovalEnd): Onward {
    this.#asking = this.#asking.filter((one) => one !== asking);
    const approval = whatWasDecided("approval", { ...asking.data, outcome });
    const { message, ...onward } = this.#leaving(asking, APPROVAL_OUTPUTS.indexOf(outcome), "approve");
    return { ...onward, message: { ...message, approval } };
  }

  #fire({ place, where }: LiveWaiter): Onward {
    const due = this.#now.toISOString();
    const waited = { kind: "schedule", where, due, missed: false };
    return { place, output: 0, message: { payload: { due }, nave: { waited } } };
  }

  #leaving(
    open: Open & { request: Exclude<WaitRequest, CollectRequest> },
    output: number,
    kind: string,
  ): Onward {
    const { place, where, key, message } = open.request;
    const due = open.due === undefined ? {} : { due: open.due.toISOString() };
    const waited = { kind, where, key, since: open.since.toISOString(), ...due };
    const nave = { ...(message["nave"] as JsonObject), waited };
    return { place, output, message: { ...message, nave }, correlationId: open.about.correlationId };
  }

  #isFirst({ place, messageId, part }: ArrivalAtNode): boolean {
    const arrival = JSON.stringify([place.node, messageId, part]);
    if (this.#arrived.has(arrival)) return false;
    this.#arrived.add(arrival);
    return true;
  }
}

function isOfSame(one: ArrivalAtNode, other: ArrivalAtNode): boolean {
  return one.place.node === other.place.node && one.key === other.key;
}

/** What has been put on record, in the words of a case. */
function effectOf(request: WaitRequest, due?: Date): WaitEffect {
  const { kind, key, where } = request;
  const node = /^\S+ "(.*)" \(/.exec(where)?.[1] ?? request.place.node;
  const base = { node, key, ...(due === undefined ? {} : { due: due.toISOString() }) };
  if (kind === "compensate") return { kind: request.mode === "step" ? "undo step" : "undo all", ...base };
  if (kind !== "approve") return { kind, ...base };
  return { kind, ...base, question: request.question, candidates: request.candidates, mode: request.mode };
}
