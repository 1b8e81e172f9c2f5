import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Body, Model } from "../../canonical/types.ts";
import { explainKey } from "../../config/explain-key.ts";
import { CASE_SCHEMA } from "./case-schema.ts";
import { type CaseFile, checkEntity, type RawRecord, readBody, readYaml, wrong } from "./read-body.ts";
import {
  EVENT_KINDS,
  type Expectation,
  type Expected,
  type FlowCase,
  type GivenRecord,
  type Step,
} from "./types.ts";

const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true });
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
    },
    steps,
  };
}

/** What the schema lets through. */
type RawCase = {
  title: string;
  given?: { systems?: FlowCase["given"]["systems"]; records?: RawGivenRecord[] };
  steps: RawStep[];
};
type RawGivenRecord = RawRecord & Pick<GivenRecord, "canonicalId"> & Partial<GivenRecord>;
type RawEvent = RawRecord & { canonicalId: string; system: string; localId: string; deleted?: boolean };
type RawStep = Partial<Record<(typeof EVENT_KINDS)[number], RawEvent>> & {
  merge?: Step["merge"];
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
  const event = kind && raw[kind];
  if (kind === undefined || event === undefined || happened.length > 1) {
    const has = happened.length === 0 ? "nothing that happens" : happened.join(" and ");
    throw wrong(file.path, `${key} has ${has}; it accepts exactly one of ${EVENT_KINDS.join(", ")}`);
  }
  const body = await readBody(file, `${key}.${kind}`, event);
  return {
    event: eventOf(file, key, kind, event, body),
    merge: raw.merge,
    expect: expectationOf(raw.expect),
  };
}

function eventOf(
  file: CaseFile,
  key: string,
  kind: (typeof EVENT_KINDS)[number],
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
