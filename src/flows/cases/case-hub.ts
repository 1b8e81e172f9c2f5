import { flatten, unflatten } from "../../canonical/fields.ts";
import type { Body, Model } from "../../canonical/types.ts";
import { NaveError, toNaveError } from "../../errors.ts";
import { canonicalIdFor } from "../../identity/canonical-id.ts";
import { amendFields } from "../amend-fields.ts";
import type {
  AmendedRecord,
  AmendRequest,
  ArrivalAtNode,
  CallReply,
  CallRequest,
  DeriveRequest,
  FlowMessage,
  HubPort,
  LookupRequest,
  LookupResult,
  MergeOutcome,
  NotifyRequest,
  ResumedMessage,
  WaitRequest,
  WishRequest,
} from "../hub-port.ts";
import type { LiveWaiter } from "../waiters.ts";
import { CaseAnswers } from "./case-answers.ts";
import { CaseRecords } from "./case-records.ts";
import { CaseWaits, type Onward } from "./case-waits.ts";
import type { Effects, Given, MergeAnswer, Step } from "./types.ts";

type Head = Omit<FlowMessage, "body" | "version">;
/** A message as it begins: of a record, or going on from a node that waited. */
export type Begun = Head | { kind: "resumed"; messageId: string };
type NewHead = Omit<Head, "messageId" | "correlationId"> & { correlationId?: string };
/** What a system was seen to hold, and whether it is gone from there. */
type Seen = { system: string; localId: string; body: Body; deleted: boolean };
type Message = {
  head: Head;
  /** Of an observation. */
  seen?: Seen;
  answer: MergeAnswer | undefined;
  outcome?: MergeOutcome;
  /** Of what goes on from a node that waited. */
  resumed?: ResumedMessage;
  isSettled: boolean;
};

/** The author of what flows derive. */
const HUB = "hub";

/**
 * The hub that a flow meets in a case: by the port's own rules, in memory, with the systems and records that are given.
 *
 * By itself, `merge` recognises a record by its local id, takes every property that the message has, and lets the others
 * stand: whose value wins, and which records are the same thing, is not the flow's affair. A case that depends on it says
 * what `merge` answers.
 */
export class CaseHub implements HubPort {
  readonly #model: Model;
  readonly #systems: Given["systems"];
  readonly #records: CaseRecords;
  readonly #answers: CaseAnswers;
  readonly #waits: CaseWaits;
  readonly #told = new Set<string>();
  readonly #messages = new Map<string, Message>();
  #inStep: Message[] = [];
  #caused: NewHead[] = [];
  #effects: Omit<Effects, "settled"> = noEffects();
  #onward: Onward[] = [];
  #problem: unknown;

  constructor(model: Model, given: Given) {
    this.#model = model;
    this.#systems = given.systems;
    this.#records = new CaseRecords(model, given.records);
    this.#answers = new CaseAnswers(this.#records, given.answers);
    this.#waits = new CaseWaits(given.now);
  }

  /** The messages that a step begins with. Of one in which time passes, see `passTime`. */
  happen({ event, merge, answers }: Step): Begun[] {
    this.#answers.beginStep(answers);
    if (event.kind === "after") return [];
    if (event.kind === "decided") return this.#waits.decide(event).map((onward) => this.#resume(onward));
    const { kind, entity } = event;
    if (kind === "observed") {
      const { system, localId, body, deleted } = event;
      return [this.#put({ kind, entity, system, localId }, merge, { system, localId, body, deleted })];
    }
    const { canonicalId, body } = event;
    const archived = this.#records.find(entity, canonicalId)?.archived ?? false;
    if (body !== undefined) this.#records.renew(entity, canonicalId, { body, archived });
    this.#records.get(entity, canonicalId);
    return [this.#put({ kind, entity, canonicalId }, merge)];
  }

  /** What goes on because time passes, the next of it; undefined: nothing more by then. */
  passTime(until: Date, schedules: readonly LiveWaiter[]): Begun | undefined {
    const onward = this.#waits.passTime(until, schedules);
    return onward && this.#resume(onward);
  }

  get now(): Date {
    return this.#waits.now;
  }

  /** By which messages the hub itself goes on, because of what has happened since this was asked: those that are taken. */
  takeCaused(isTaken: (head: NewHead) => boolean): Begun[] {
    const caused = this.#caused.filter(isTaken).map((head): Begun => this.#put(head, undefined));
    this.#caused = [];
    const onward = this.#onward.map((one) => this.#resume(one));
    this.#onward = [];
    const undoing: Begun[] = [];
    const isOver = (messageId: string) => this.#message(messageId).isSettled;
    const begin = (one: Onward) => {
      undoing.push(this.#resume(one));
      return undoing.at(-1)?.messageId ?? "";
    };
    while (this.#waits.undoNext(isOver, begin));
    return [...caused, ...onward, ...undoing];
  }

  /** @throws what the case lacks, wherever the flow has led that error. */
  refuseProblem(): void {
    if (this.#problem !== undefined) throw this.#problem;
  }

  /** What has happened since this was asked. Of the wishes for one record in one system, the last. */
  takeEffects(): Effects {
    const { wishes, ...others } = this.#effects;
    const standing = new Map(
      wishes.map((wish) => [`${wish.system}/${wish.entity}/${wish.canonicalId}`, wish]),
    );
    const settled = this.#inStep.every((message) => message.isSettled);
    this.#effects = noEffects();
    this.#inStep = [];
    return { ...others, wishes: [...standing.values()], settled };
  }

  async open(messageId: string): Promise<FlowMessage> {
    const { head, seen } = this.#message(messageId);
    if (seen !== undefined) return { ...head, body: structuredClone(seen.body) };
    const { version, body } = this.#records.get(head.entity, head.canonicalId ?? "");
    return { ...head, version, body };
  }

  async openResumed(messageId: string): Promise<ResumedMessage | undefined> {
    return structuredClone(this.#message(messageId).resumed);
  }

  async wait(request: WaitRequest): Promise<void> {
    const { correlationId } = this.#message(request.messageId).head;
    const { effect, onward } = await this.#waits.handOver(request, { correlationId });
    if (effect) this.#effects.waits.push(effect);
    if (onward) this.#onward.push(onward);
  }

  async meet(request: ArrivalAtNode): Promise<void> {
    this.#waits.meet(request);
  }

  async lookup(request: LookupRequest): Promise<LookupResult | undefined> {
    return this.#orProblem(() => this.#answers.lookup(request));
  }

  async call(request: CallRequest): Promise<CallReply> {
    const { reply, isNew } = this.#orProblem(() => this.#answers.call(request));
    const { system, operation, args } = request;
    if (isNew) this.#effects.commands.push(stored({ system, operation, args }));
    return structuredClone(reply);
  }

  async notify({ messageId, onceKey, ...told }: NotifyRequest): Promise<void> {
    this.#message(messageId);
    if (this.#told.has(onceKey)) return;
    this.#told.add(onceKey);
    this.#effects.notifications.push(stored(told));
  }

  async merge(messageId: string): Promise<MergeOutcome> {
    const message = this.#message(messageId);
    message.outcome ??= this.#mergeOnce(message);
    return structuredClone(message.outcome);
  }

  async targets(entity: string): Promise<string[]> {
    return Object.keys(this.#systems).filter((system) => this.#takes(system, entity));
  }

  async wish({ messageId, ...wish }: WishRequest): Promise<void> {
    this.#message(messageId);
    if (!this.#takes(wish.system, wish.entity)) {
      throw new NaveError("NAVE_NOT_SUPPORTED", `${wish.system} does not take ${wish.entity} records`, {
        accepts: `${wish.entity} among given.systems.${wish.system}.takes`,
      });
    }
    this.#effects.wishes.push(stored(wish));
  }

  async derive({ messageId, ...request }: DeriveRequest): Promise<{ canonicalId: string }> {
    const derived = stored(request);
    const { entity, key, body } = derived;
    const [problem] = this.#model.entity(entity).validate(body);
    if (problem) throw new NaveError("NAVE_RECORD_INVALID", `derived ${entity} ${key}: ${problem.text}`);
    this.#effects.derived.push(derived);
    const canonicalId = canonicalIdFor(entity, HUB, key);
    const before = this.#records.find(entity, canonicalId);
    // What others have filled in since stays.
    const now = { body: { ...before?.body, ...body }, archived: before?.archived ?? false };
    if (this.#records.renew(entity, canonicalId, now).isNews) {
      this.#cause(messageId, { kind: "rerun", entity, canonicalId });
      this.#cause(messageId, { kind: "changed", entity, canonicalId });
    }
    return { canonicalId };
  }

  async amend({ messageId, entity, canonicalId, changes }: AmendRequest): Promise<AmendedRecord> {
    const type = this.#model.entity(entity);
    const { archived, ...before } = this.#records.get(entity, canonicalId);
    const body = unflatten(type, amendFields(type, flatten(type, before.body), changes));
    const [problem] = type.validate(body);
    if (problem)
      throw new NaveError("NAVE_RECORD_INVALID", `amended ${entity} ${canonicalId}: ${problem.text}`);
    this.#effects.amended.push(stored({ entity, canonicalId, body: changes }));
    if (this.#records.renew(entity, canonicalId, { body, archived }).isNews) {
      this.#cause(messageId, { kind: "rerun", entity, canonicalId });
      this.#cause(messageId, { kind: "changed", entity, canonicalId });
    }
    return this.#records.get(entity, canonicalId);
  }

  async reject(_messageId: string, { text, owner }: { text: string; owner: string }): Promise<void> {
    this.#effects.rejections.push({ text, owner });
  }

  async settle(messageId: string): Promise<void> {
    this.#message(messageId).isSettled = true;
  }

  async fail(
    _messageId: string,
    thrown: unknown,
    where: { flow: string; node: string; nodeName?: string },
  ): Promise<void> {
    const { code, message } = toNaveError(thrown, "NAVE_FLOW_FAILED");
    this.#effects.failures.push({ code, text: message, node: where.nodeName ?? where.node });
  }

  #mergeOnce({ head, seen, answer = {} }: Message): MergeOutcome {
    if ("fails" in answer)
      throw new NaveError(answer.fails, `merge answers ${answer.fails}, as the case says`);
    const { entity, canonicalId = "" } = head;
    if (seen !== undefined) return { ...this.#mergeSeen(head, seen, answer), ...answer };
    return { ...this.#records.get(entity, canonicalId), canonicalId, changed: [], echo: false, ...answer };
  }

  #mergeSeen({ messageId, entity }: Head, seen: Seen, answer: Partial<MergeOutcome>): MergeOutcome {
    const { system, localId, deleted } = seen;
    const { canonicalId, isKnown } = this.#records.recognise(entity, system, localId, answer.canonicalId);
    const before = this.#records.find(entity, canonicalId);
    const now = {
      body: answer.body ?? { ...before?.body, ...(deleted ? {} : seen.body) },
      archived: answer.archived ?? deleted,
      version: answer.version,
    };
    const { changed, isNews } = this.#records.renew(entity, canonicalId, now);
    if (isNews) this.#cause(messageId, { kind: "changed", entity, canonicalId });
    return { ...this.#records.get(entity, canonicalId), canonicalId, changed, echo: isKnown && !isNews };
  }

  /** A flow can lead errors elsewhere; that the case says too little has to be seen. */
  #orProblem<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.#problem ??= error;
      throw error;
    }
  }

  #takes(system: string, entity: string): boolean {
    return this.#systems[system]?.takes.includes(entity) ?? false;
  }

  #cause(messageId: string, head: NewHead): void {
    const { correlationId } = this.#message(messageId).head;
    this.#caused.push({ ...head, correlationId });
  }

  /** Ids are counted, so that they are the same in every run. */
  #put(head: NewHead, answer: MergeAnswer | undefined, seen?: Seen): Head {
    const messageId = `message-${this.#messages.size + 1}`;
    const message: Message = {
      head: { correlationId: messageId, ...head, messageId },
      answer,
      isSettled: false,
      ...(seen === undefined ? {} : { seen }),
    };
    this.#messages.set(messageId, message);
    this.#inStep.push(message);
    return message.head;
  }

  #resume({ correlationId, ...onward }: Onward): Begun {
    const messageId = `message-${this.#messages.size + 1}`;
    const resumed = { ...onward, messageId, correlationId: correlationId ?? messageId };
    const { entity = "", canonicalId } = resumed.message["nave"] as { entity?: string; canonicalId?: string };
    const about = { entity, ...(canonicalId === undefined ? {} : { canonicalId }) };
    const head: Head = { kind: "rerun", ...about, messageId, correlationId: resumed.correlationId };
    const message: Message = { head, answer: undefined, resumed, isSettled: false };
    this.#messages.set(messageId, message);
    this.#inStep.push(message);
    return { kind: "resumed", messageId };
  }

  #message(messageId: string): Message {
    const message = this.#messages.get(messageId);
    if (message === undefined) throw new NaveError("NAVE_FLOW_FAILED", `message ${messageId} does not exist`);
    return message;
  }
}

function noEffects(): Omit<Effects, "settled"> {
  return {
    wishes: [],
    derived: [],
    amended: [],
    commands: [],
    notifications: [],
    waits: [],
    rejections: [],
    failures: [],
  };
}

/** As it comes out of the store: what JSON cannot say is not there. */
function stored<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
