import type { Json, Observation } from "../adapter-kit/contract.ts";
import { flatten, sameField } from "../canonical/fields.ts";
import type { Body, EntityType, Fields } from "../canonical/types.ts";
import type { FieldRule, MatchingConfig } from "../config/types.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { isCanonicalId } from "../identity/canonical-id.ts";
import { blockingKeys, scoreMatch } from "../identity/match.ts";
import { resolveAllReferences } from "../identity/references.ts";
import type { Match } from "../identity/types.ts";
import { ruleFor } from "../merge/field-rules.ts";
import { makeStorable } from "../receive/storable.ts";
import { insertAudit } from "../store/audit.ts";
import { countCanonical, selectCanonical } from "../store/canonical-records.ts";
import { rewindCheckpoints } from "../store/checkpoints.ts";
import { selectCanonicalIds, selectLocalIds } from "../store/cross-references.ts";
import { findCandidates } from "../store/match-keys.ts";
import { setShadowMode } from "../store/system-states.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

/** What taking a system's records in would do, entity by entity. */
export type OnboardingPreview = {
  entity: string;
  /** Records in the system. */
  read: number;
  /** Linked already. */
  linked: number;
  /** Would be linked to a record the hub has. */
  matched: number;
  /** A person would have to decide. */
  undecided: number;
  /** The hub has nothing like it. */
  unknown: number;
  /** Break their mapping or schema. */
  invalid: number;
  /** Records of the hub that the system has no counterpart of. */
  hubOnly: number;
  /** Fields in which matched records differ, most frequent first, with what the rules would do. */
  differing: { field: string; records: number; rule: string }[];
  /** Some undecided pairs, to look at. */
  examples: { localId: string; candidates: { canonicalId: string; score: number; reasons: string[] }[] }[];
};

export type OnboardingProgress = { entity: string; read: number; total?: number };

const MOST_CANDIDATES = 50;
const MOST_EXAMPLES = 20;

/**
 * Matches everything a system holds against what the hub knows, and tells what would happen. Writes nothing, anywhere, and
 * can be repeated. A system whose first contact is to be looked at before it happens is configured with `shadowMode: true`.
 */
export async function previewOnboarding(
  hub: Hub,
  systemName: string,
  onProgress: (progress: OnboardingProgress) => void = () => {},
): Promise<OnboardingPreview[]> {
  const system = named(hub, systemName);
  const previews: OnboardingPreview[] = [];
  for (const entity of system.entities) {
    if (system.capability(entity).read)
      previews.push(await new Preview(hub, system, entity).make(onProgress));
  }
  return previews;
}

/**
 * Ends shadow mode: the system is read from the start, what it holds is recognised and merged, and after that, entity by
 * entity, it is written. A hub that is stopped on the way goes on where it stood.
 */
export async function goLive(hub: Hub, systemName: string, by: string): Promise<void> {
  const system = named(hub, systemName);
  await hub.db.transaction(async (sql) => {
    await rewindCheckpoints(sql, system.name, null);
    await setShadowMode(sql, system.name, false);
    await insertAudit(sql, by, "system goes live", { system: system.name });
  });
}

/** Back to shadow mode: nothing is read or written there any more. What was written stays. */
export async function goDark(hub: Hub, systemName: string, by: string): Promise<void> {
  const system = named(hub, systemName);
  await setShadowMode(hub.db, system.name, true);
  await insertAudit(hub.db, by, "system back in shadow mode", { system: system.name });
}

function named(hub: Hub, name: string): ConnectedSystem {
  const system = hub.systems.get(name);
  if (system) return system;
  throw new NaveError("NAVE_CONFIG_INVALID", `there is no system "${name}"`, {
    accepts: [...hub.systems.keys()].join(", "),
  });
}

type Read = { localId: string; key: Json | undefined; body: Body };
type Candidate = Match & { fields: Fields };

class Preview {
  readonly #hub: Hub;
  readonly #system: ConnectedSystem;
  readonly #type: EntityType;
  readonly #matching: MatchingConfig | undefined;
  /** Canonical records that something in the system may be. */
  readonly #counterparts = new Set<string>();
  /** Those that something in the system is. */
  readonly #taken = new Set<string>();
  readonly #differing = new Map<string, number>();
  readonly #result: OnboardingPreview;

  constructor(hub: Hub, system: ConnectedSystem, entity: string) {
    this.#hub = hub;
    this.#system = system;
    this.#type = hub.model.entity(entity);
    this.#matching = hub.config.entities[entity]?.matching;
    const counts = { read: 0, linked: 0, matched: 0, undecided: 0, unknown: 0, invalid: 0, hubOnly: 0 };
    this.#result = { entity, ...counts, differing: [], examples: [] };
  }

  async make(onProgress: (progress: OnboardingProgress) => void): Promise<OnboardingPreview> {
    const { signal } = new AbortController();
    const pages = this.#system.spoke.changes(this.#type.name, { full: true, signal })[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#system.ask(() => pages.next());
      if (next.done) break;
      const { observations, total } = next.value;
      await this.#consider(observations.filter(({ deleted }) => !deleted));
      const { entity, read } = this.#result;
      onProgress({ entity, read, ...(total === undefined ? {} : { total }) });
    }
    const live = await countCanonical(this.#hub.db, this.#type.name);
    this.#result.hubOnly = Math.max(0, live - this.#counterparts.size);
    this.#result.differing = this.#differences();
    return this.#result;
  }

  async #consider(observations: readonly Observation[]): Promise<void> {
    const { probe } = this.#system.capability(this.#type.name);
    const mapping = this.#system.mapping(this.#type.name);
    const valid: Read[] = [];
    for (const observation of observations) {
      const { seen, problems: unstorable } = makeStorable(observation);
      const { localId, native } = seen;
      const { body, problems } = mapping.toCanonical(native);
      const isValid =
        unstorable.length === 0 && problems.length === 0 && this.#type.validate(body).length === 0;
      if (isValid) valid.push({ localId, key: probe === undefined ? undefined : native[probe], body });
    }
    this.#result.read += observations.length;
    this.#result.invalid += observations.length - valid.length;
    const links = await this.#links(valid);
    for (const canonicalId of links.values()) this.#take(canonicalId);
    this.#result.linked += links.size;
    await this.#match(valid.filter(({ localId }) => !links.has(localId)));
  }

  /** What is linked already, and what carries a key of ours. */
  async #links(records: readonly Read[]): Promise<Map<string, string>> {
    const { db } = this.#hub;
    const ids = records.map(({ localId }) => localId);
    const links = await selectCanonicalIds(db, this.#type.name, this.#system.name, ids);
    const keys = records.flatMap(({ key }) => (isCanonicalId(key) ? [key] : []));
    const existing = new Set((await selectCanonical(db, this.#type.name, keys)).map(({ id }) => id));
    for (const { localId, key } of records)
      if (isCanonicalId(key) && existing.has(key) && !links.has(localId)) links.set(localId, key);
    return links;
  }

  async #match(records: readonly Read[]): Promise<void> {
    const { db } = this.#hub;
    const resolved = await resolveAllReferences(
      db,
      this.#type,
      records.map(({ body }) => body),
    );
    const candidates = await this.#candidates(resolved.map(({ fields }) => fields));
    for (const [index, { localId }] of records.entries()) {
      const fields = resolved[index]?.fields ?? new Map();
      this.#judge(localId, fields, candidates[index] ?? []);
    }
  }

  /** Records that each of these may be and that the system has none of yet, the likeliest first. */
  async #candidates(records: readonly Fields[]): Promise<Candidate[][]> {
    const config = this.#matching;
    if (!config) return [];
    const { db } = this.#hub;
    const { name } = this.#type;
    const keys = records.map((fields) => blockingKeys(fields, config));
    const ids = await findCandidates(db, name, keys, MOST_CANDIDATES);
    const all = [...new Set(ids.flat())];
    const here = await selectLocalIds(db, name, this.#system.name, all);
    const known = new Map(
      (await selectCanonical(db, name, all)).map(({ id, body }) => [id, flatten(this.#type, body)]),
    );
    return records.map((fields, index) =>
      (ids[index] ?? [])
        .filter((id) => !here.has(id))
        .map((id) => {
          const other = known.get(id) ?? new Map();
          return { ...scoreMatch(id, fields, other, config), fields: other };
        })
        .filter(({ score }) => score >= config.review)
        .sort((one, other) => other.score - one.score),
    );
  }

  #judge(localId: string, fields: Fields, candidates: readonly Candidate[]): void {
    const free = candidates.filter(({ canonicalId }) => !this.#taken.has(canonicalId));
    const certain = free.filter(({ score }) => score >= (this.#matching?.automatic ?? 0));
    const [only] = certain;
    if (only && certain.length === 1) {
      this.#result.matched += 1;
      this.#take(only.canonicalId);
      this.#countDifferences(fields, only.fields);
    } else if (free.length > 0) {
      this.#result.undecided += 1;
      for (const { canonicalId } of free) this.#counterparts.add(canonicalId);
      if (this.#result.examples.length === MOST_EXAMPLES) return;
      const shown = free.map(({ canonicalId, score, reasons }) => ({ canonicalId, score, reasons }));
      this.#result.examples.push({ localId, candidates: shown });
    } else this.#result.unknown += 1;
  }

  #take(canonicalId: string): void {
    this.#counterparts.add(canonicalId);
    this.#taken.add(canonicalId);
  }

  #countDifferences(fields: Fields, other: Fields): void {
    const mapping = this.#system.mapping(this.#type.name);
    for (const [path, value] of fields) {
      const counterpart = other.get(path);
      if (counterpart === undefined || !mapping.reads(path)) continue;
      if (sameField(this.#type, path, value, counterpart)) continue;
      this.#differing.set(path, (this.#differing.get(path) ?? 0) + 1);
    }
  }

  #differences(): OnboardingPreview["differing"] {
    const rules = this.#hub.config.entities[this.#type.name]?.rules ?? [];
    return [...this.#differing]
      .map(([field, records]) => ({ field, records, rule: ruleInWords(ruleFor(field, rules)) }))
      .sort((one, other) => other.records - one.records);
  }
}

function ruleInWords(rule: FieldRule): string {
  switch (rule.rule) {
    case "owner":
      return `owner: ${rule.owner}`;
    case "rank":
      return `rank: ${rule.systems.join(", ")}`;
    default:
      return rule.rule;
  }
}
