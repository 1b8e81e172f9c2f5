import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Body, Model } from "../../canonical/types.ts";
import { explainKey } from "../../config/explain-key.ts";
import { DURATION_ACCEPTS, parseDuration } from "../waits/duration.ts";
import { CASE_SCHEMA } from "./case-schema.ts";
import { type CaseFile, checkEntity, type RawRecord, readBody, readYaml, wrong } from "./read-body.ts";
import {
  type Decided,
  EVENT_KINDS,
  type Expectation,
  type Expected,
  type FlowCase,
  type GivenAnswer,
  type GivenRecord,
  type Step,
} from "./types.ts";

const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true });
/** What the clock of a case shows that says nothing of it. */
const FIRST_NOW = "2026-01-01T00:00:00Z";
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const CALL_ANSWER = ["system", "query", "command", "args", "reply", "refused", "timedOut"];
const isCase = ajv.compile<RawCase>(CASE_SCHEMA);

/**
 * Reads one case: its keys are checked, records are taken from the files that `like` names, and every record given is
 * valid, as none else gets into a flow.
 *
 * @throws NAVE_CONFIG_INVALID naming file, key and what the key accepts.
 */
export async function readCase(path: string, model: Model): Promise<FlowCase> {
  const file: CaseFile = { path, model };
  const raw = await readYaml(path);
  if (!isCase(raw)) throw wrong(path, (isCase.errors ?? []).map(explainKey).join("; "));
  const { title, given = {} } = raw;
  const steps = await inOrder(raw.steps, (step, at) => readStep(file, `steps.${at}`, step));
  if (steps.every((step) => step.expect === undefined))
    throw wrong(path, "no step expects anything; at least one accepts expect");
  return {
    title,
    given: {
      systems: readSystems(file, given.systems ?? {}),
      records: await inOrder(given.records ?? [], (one, at) => readRecord(file, `given.records.${at}`, one)),
      answers: readAnswers(file, "given.answers", given.answers),
      now: readInstant(file, "given.now", given.now ?? FIRST_NOW),
    },
    steps,
  };
}

/** What the schema lets through. */
type RawCase = {
  title: string;
  given?: {
    systems?: FlowCase["given"]["systems"];
    records?: RawGivenRecord[];
    answers?: GivenAnswer[];
    now?: string;
  };
  steps: RawStep[];
};
type RecordEvent = Exclude<(typeof EVENT_KINDS)[number], "after" | "decided">;
type RawGivenRecord = RawRecord & Pick<GivenRecord, "canonicalId"> & Partial<GivenRecord>;
type RawEvent = RawRecord & { canonicalId: string; system: string; localId: string; deleted?: boolean };
type RawStep = Partial<Record<RecordEvent, RawEvent>> & {
  after?: string;
  decided?: Omit<Decided, "kind" | "role" | "values"> & Partial<Pick<Decided, "role" | "values">>;
  merge?: Step["merge"];
  answers?: GivenAnswer[];
  expect?: Partial<Record<keyof Expectation, RawExpected[]>> & { settled?: boolean };
};
type RawExpected = JsonObject & { exact?: boolean };

function readSystems(file: CaseFile, systems: FlowCase["given"]["systems"]): FlowCase["given"]["systems"] {
  for (const [name, { takes }] of Object.entries(systems))
    for (const [at, entity] of takes.entries())
      checkEntity(file, `given.systems.${name}.takes.${at}`, entity);
  return systems;
}

async function readRecord(file: CaseFile, key: string, raw: RawGivenRecord): Promise<GivenRecord> {
  const body = await readBody(file, key, raw);
  if (body === undefined) throw wrong(file.path, `${key} lacks the key "body"; it accepts body or like`);
  const { entity, canonicalId, version = 1, archived = false, localIds = {} } = raw;
  return { entity, canonicalId, version, body, archived, localIds };
}

async function readStep(file: CaseFile, key: string, raw: RawStep): Promise<Step> {
  const happened = EVENT_KINDS.filter((kind) => raw[kind] !== undefined);
  const [kind] = happened;
  if (kind === undefined || happened.length > 1) {
    const has = happened.length === 0 ? "nothing that happens" : happened.join(" and ");
    throw wrong(file.path, `${key} has ${has}; it accepts exactly one of ${EVENT_KINDS.join(", ")}`);
  }
  return {
    event: await readEvent(file, key, kind, raw),
    merge: raw.merge,
    answers: readAnswers(file, `${key}.answers`, raw.answers),
    expect: expectationOf(raw.expect),
  };
}

async function readEvent(
  file: CaseFile,
  key: string,
  kind: (typeof EVENT_KINDS)[number],
  raw: RawStep,
): Promise<Step["event"]> {
  if (kind === "after") return { kind, ms: readDuration(file, `${key}.after`, raw.after ?? "") };
  if (kind === "decided") {
    const decided = raw.decided as NonNullable<RawStep["decided"]>;
    return { kind, role: "operator", values: {}, ...decided };
  }
  const event = raw[kind] as RawEvent;
  return eventOf(file, key, kind, event, await readBody(file, `${key}.${kind}`, event));
}

/** To a lookup, or to a query or command of a system. */
function readAnswers({ path }: CaseFile, key: string, answers: readonly GivenAnswer[] = []): GivenAnswer[] {
  return answers.map((answer, at) => {
    const names = Object.keys(answer);
    const asked = names.filter((name) => ["lookup", "query", "command"].includes(name));
    if (asked.length !== 1)
      throw wrong(
        path,
        `${key}.${at} has ${asked.join(" and ") || "no question"}; it accepts exactly one of lookup, query, command`,
      );
    const accepted = "lookup" in answer ? ["lookup", "found"] : CALL_ANSWER;
    const stranger = names.find((name) => !accepted.includes(name));
    if (stranger !== undefined)
      throw wrong(
        path,
        `${key}.${at} has "${stranger}"; beside ${asked[0]} it accepts ${accepted.filter((name) => !asked.includes(name)).join(", ")}`,
      );
    if (!("lookup" in answer) && !names.includes("system"))
      throw wrong(path, `${key}.${at} lacks the key "system"`);
    return answer;
  });
}

function readDuration({ path }: CaseFile, key: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw wrong(path, `${key} is "${text}"; it accepts ${DURATION_ACCEPTS}`);
}

function readInstant({ path }: CaseFile, key: string, text: string): Date {
  const instant = new Date(text);
  if (INSTANT.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw wrong(path, `${key} is "${text}"; it accepts an instant such as ${FIRST_NOW}`);
}

function eventOf(
  file: CaseFile,
  key: string,
  kind: RecordEvent,
  { entity, canonicalId, system, localId, deleted = false }: RawEvent,
  body: Body | undefined,
): Step["event"] {
  if (kind !== "observed") return { kind, entity, canonicalId, ...(body === undefined ? {} : { body }) };
  if (body === undefined && !deleted)
    throw wrong(file.path, `${key}.observed lacks the key "body"; it accepts body, like or deleted: true`);
  return { kind, entity, system, localId, deleted, body: body ?? {} };
}

function expectationOf(raw: RawStep["expect"]): Expectation | undefined {
  if (raw === undefined) return undefined;
  return {
    wishes: readExpected(raw.wishes, { action: "hold" }),
    derived: readExpected(raw.derived),
    amended: readExpected(raw.amended),
    commands: readExpected(raw.commands),
    notifications: readExpected(raw.notifications),
    waits: readExpected(raw.waits),
    rejections: readExpected(raw.rejections),
    failures: readExpected(raw.failures),
    ...(raw.settled === undefined ? {} : { settled: raw.settled }),
  };
}

function readExpected(raw: RawExpected[] = [], defaults: JsonObject = {}): Expected[] {
  return raw.flatMap(({ exact = false, ...properties }) =>
    eachSystem(properties).map((one) => ({ properties: { ...defaults, ...one }, exact })),
  );
}

/** `system: [crm, erp]` is one wish each. */
function eachSystem(properties: JsonObject): JsonObject[] {
  const { system } = properties;
  return Array.isArray(system) ? system.map((one) => ({ ...properties, system: one })) : [properties];
}

async function inOrder<From, To>(
  items: readonly From[],
  read: (item: From, at: number) => Promise<To>,
): Promise<To[]> {
  const results: To[] = [];
  for (const [at, item] of items.entries()) results.push(await read(item, at));
  return results;
}
