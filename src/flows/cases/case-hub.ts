import type { Body, Model } from "../../canonical/types.ts";
import { NaveError, toNaveError } from "../../errors.ts";
import { canonicalIdFor } from "../../identity/canonical-id.ts";
import type {
  ArrivalAtNode,
  CallRequest,
  DeriveRequest,
  FlowMessage,
  HubPort,
  MergeOutcome,
  WaitRequest,
  WishRequest,
} from "../hub-port.ts";
import { CaseRecords } from "./case-records.ts";
import type { Effects, Given, MergeAnswer, Step } from "./types.ts";

type Head = Omit<FlowMessage, "body" | "version">;
type NewHead = Omit<Head, "messageId" | "correlationId"> & { correlationId?: string };
/** What a system was seen to hold, and whether it is gone from there. */
type Seen = { system: string; localId: string; body: Body; deleted: boolean };
type Message = {
  head: Head;
  /** Of an observation. */
  seen?: Seen;
  answer: MergeAnswer | undefined;
  outcome?: MergeOutcome;
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
  readonly #messages = new Map<string, Message>();
  #inStep: Message[] = [];
  #caused: NewHead[] = [];
  #effects: Omit<Effects, "settled"> = noEffects();

  constructor(model: Model, given: Given) {
    this.#model = model;
    this.#systems = given.systems;
    this.#records = new CaseRecords(model, given.records);
  }

  /** The messages that a step begins with. */
  happen({ event, merge }: Step): Head[] {
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

  /** By which messages the hub itself goes on, because of what has happened since this was asked: those that are taken. */
  takeCaused(isTaken: (head: NewHead) => boolean): Head[] {
    const caused = this.#caused.filter(isTaken);
    this.#caused = [];
    return caused.map((head) => this.#put(head, undefined));
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

  async openResumed(): Promise<undefined> {
    return undefined;
  }

  async wait({ where }: WaitRequest): Promise<never> {
    throw beyondCases(`becomes of a message that waits at ${where}`);
  }

  async meet({ where }: ArrivalAtNode): Promise<never> {
    throw beyondCases(`a deadline is met by at ${where}`);
  }

  async lookup(): Promise<never> {
    throw beyondCases("a lookup finds");
  }

  async call({ system, operation }: CallRequest): Promise<never> {
    throw beyondCases(`${system} answers to ${operation}`);
  }

  async notify(): Promise<never> {
    throw beyondCases("somebody is told");
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

  async derive({ messageId, ...request }: DeriveRequest): Promise<void> {
    const derived = stored(request);
    const { entity, key, body } = derived;
    const [problem] = this.#model.entity(entity).validate(body);
    if (problem) throw new NaveError("NAVE_RECORD_INVALID", `derived ${entity} ${key}: ${problem.text}`);
    this.#effects.derived.push(derived);
    const canonicalId = canonicalIdFor(entity, HUB, key);
    const before = this.#records.find(entity, canonicalId);
    // What others have filled in since stays.
    const now = { body: { ...before?.body, ...body }, archived: before?.archived ?? false };
    if (!this.#records.renew(entity, canonicalId, now).isNews) return;
    this.#cause(messageId, { kind: "rerun", entity, canonicalId });
    this.#cause(messageId, { kind: "changed", entity, canonicalId });
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

  #message(messageId: string): Message {
    const message = this.#messages.get(messageId);
    if (message === undefined) throw new NaveError("NAVE_FLOW_FAILED", `message ${messageId} does not exist`);
    return message;
  }
}

function noEffects(): Omit<Effects, "settled"> {
  return { wishes: [], derived: [], rejections: [], failures: [] };
}

/** As it comes out of the store: what JSON cannot say is not there. */
function stored<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** In a case time does not pass, and no system is there to be asked. */
function beyondCases(what: string): NaveError {
  return new NaveError("NAVE_NOT_SUPPORTED", `a case cannot tell what ${what}`, {
    accepts: "a case in which no message gets to a node that waits, asks or tells",
  });
}
