import { NaveError } from "../../errors.ts";
import type { CallReply, CallRequest, LookupRequest, LookupResult } from "../hub-port.ts";
import { unfulfilled } from "../versions/differences.ts";
import type { CaseRecords } from "./case-records.ts";
import type { CallAnswer, GivenAnswer, LookupAnswer } from "./types.ts";

/** What systems and the hub answer in a case: what the case gives, and what follows from its records. */
export class CaseAnswers {
  readonly #records: CaseRecords;
  readonly #given: readonly GivenAnswer[];
  /** Those of the step under way come first. */
  #ofStep: readonly GivenAnswer[] = [];
  readonly #replies = new Map<string, CallReply>();

  constructor(records: CaseRecords, given: readonly GivenAnswer[]) {
    this.#records = records;
    this.#given = given;
  }

  beginStep(answers: readonly GivenAnswer[]): void {
    this.#ofStep = answers;
  }

  /** `isNew`: a command that is done now. One with a key that was given before gets the reply of then. */
  call({ system, operation, args, idempotencyKey }: CallRequest): { reply: CallReply; isNew: boolean } {
    const key = JSON.stringify([system, idempotencyKey]);
    const known = this.#replies.get(key);
    if (known !== undefined) return { reply: known, isNew: false };
    const isOfThis = (answer: GivenAnswer): answer is CallAnswer =>
      "system" in answer &&
      answer.system === system &&
      (answer.command ?? answer.query) === operation &&
      unfulfilled(answer.args ?? {}, args).length === 0;
    const answer = this.#all().find(isOfThis);
    if (answer === undefined) throw noAnswer(`of ${system} to ${operation} with ${show(args)}`);
    const reply = replyOf(answer);
    if (answer.command !== undefined) this.#replies.set(key, reply);
    return { reply, isNew: answer.command !== undefined };
  }

  lookup(request: LookupRequest): LookupResult | undefined {
    const isOfThis = (answer: GivenAnswer): answer is LookupAnswer =>
      "lookup" in answer && unfulfilled(answer.lookup, request).length === 0;
    const answer = this.#all().find(isOfThis);
    if (answer !== undefined) return answer.found as LookupResult | undefined;
    switch (request.what) {
      case "record": {
        const record = this.#records.find(request.entity, request.canonicalId);
        return record && { canonicalId: request.canonicalId, ...record };
      }
      case "local-id":
        return this.#records.localIdOf(request.entity, request.system, request.canonicalId);
      case "canonical-id":
        return this.#records.canonicalIdOf(request.entity, request.system, request.localId);
      default:
        throw noAnswer(`to the lookup ${show(request)}`);
    }
  }

  #all(): GivenAnswer[] {
    return [...this.#ofStep, ...this.#given];
  }
}

function replyOf({ reply = {}, refused, timedOut }: CallAnswer): CallReply {
  if (refused !== undefined) return { kind: "refused", text: refused };
  return timedOut === undefined ? { kind: "done", result: reply } : { kind: "timed-out", text: timedOut };
}

function noAnswer(what: string): NaveError {
  return new NaveError("NAVE_CONFIG_INVALID", `the case gives no answer ${what}`, {
    accepts: "one in given.answers, or in the answers of the step",
  });
}

const show = (value: unknown) => JSON.stringify(value);
