import { flatten } from "../canonical/fields.ts";
import type { EntityType, Fields } from "../canonical/types.ts";
import type { MatchingConfig } from "../config/types.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import { selectLocalIds, selectReferencesOf } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import { hasOpenCreates, selectUnsettledIntents } from "../store/intents.ts";
import {
  closeReviews,
  findCandidatesOf,
  insertReview,
  type KeyValue,
  lockNaturalKeys,
  type Review,
  selectReviews,
} from "../store/match-keys.ts";
import type { Message } from "../store/messages.ts";
import type { Situation } from "../store/situations.ts";
import { releaseUndecided } from "../store/wishes.ts";
import { canonicalIdFor, isCanonicalId } from "./canonical-id.ts";
import { blockingKeys, scoreMatch } from "./match.ts";
import { findSecondLife } from "./second-life.ts";
import { findSurvivor } from "./survivor.ts";
import type { Match } from "./types.ts";

const MOST_CANDIDATES = 50;

/** Recognised, or a person has to decide between these. */
export type Identification = Identity | { undecided: Match[] };

export type Identity = {
  canonicalId: string;
  /** How it was recognised: by its cross reference, by the hub's own key in it, by matching; or not at all. */
  by: "cross reference" | "probe key" | "match" | "review" | "first sight";
  /** A second record of the same thing in the same system: kept, but not merged. */
  secondary: boolean;
  reasons: string[];
};

/**
 * Which canonical record a native one is. Runs inside the merge transaction; natural keys stay locked until it ends.
 *
 * What may be the same as a known record gets a review, which a person decides; duplicates inside one system get one too,
 * but do not hold the record up.
 *
 * @throws NAVE_WRITE_UNDER_WAY while a create of ours in that system has not been answered and the record could be it.
 */
export async function identify(
  hub: Hub,
  sql: Sql,
  message: Message,
  type: EntityType,
  fields: Fields,
  situation: Pick<Situation, "canonicalId" | "isPrimary">,
): Promise<Identification> {
  const system = message.system ?? "";
  const localId = message.localId ?? "";
  const probe = hub.systems.get(system)?.capability(type.name).probe;
  const probeKey = probe === undefined ? undefined : message.native?.[probe];
  if (situation.canonicalId) {
    const place = { system, linked: situation.canonicalId };
    const second =
      isCanonicalId(probeKey) && (await findSecondLife(sql, type, { ...place, key: probeKey }, fields));
    if (second) return known(second, "probe key", false);
    return known(situation.canonicalId, "cross reference", !situation.isPrimary);
  }
  if (isCanonicalId(probeKey)) return byProbeKey(sql, type.name, system, localId, probeKey);
  if (probe === undefined && (await hasOpenCreates(sql, system, type.name))) {
    throw new NaveError(
      "NAVE_WRITE_UNDER_WAY",
      `${system}/${localId} may be a record the hub is creating there just now`,
    );
  }
  const matching = hub.config.entities[type.name]?.matching;
  const matched = matching && (await byMatching(sql, message, type, fields, matching));
  return (
    matched ?? {
      canonicalId: canonicalIdFor(type.name, system, localId),
      by: "first sight",
      secondary: false,
      reasons: [],
    }
  );
}

function known(canonicalId: string, by: Identity["by"], secondary: boolean): Identity {
  return { canonicalId, by, secondary, reasons: [] };
}

/** A record that carries a key of ours; a copy of such a record carries it too and is secondary. */
async function byProbeKey(
  sql: Sql,
  entity: string,
  system: string,
  localId: string,
  canonicalId: string,
): Promise<Identity> {
  const survivor = (await findSurvivor(sql, entity, canonicalId)) ?? canonicalId;
  const references = await selectReferencesOf(sql, entity, survivor);
  const taken = references.some(
    (other) => other.system === system && other.isPrimary && other.localId !== localId,
  );
  return known(survivor, "probe key", taken);
}

async function byMatching(
  sql: Sql,
  message: Message,
  type: EntityType,
  fields: Fields,
  config: MatchingConfig,
): Promise<Identification | undefined> {
  const keys = blockingKeys(fields, config);
  await lockNaturalKeys(sql, type.name, keys);
  const reviews = await selectReviews(sql, type.name, message.system ?? "", message.localId ?? "");
  const decided = reviews.find((review) => review.decision === "same");
  if (decided) {
    const survivor = (await findSurvivor(sql, type.name, decided.candidateId)) ?? decided.candidateId;
    return { ...known(survivor, "review", false), reasons: decided.reasons };
  }
  const matches = await scoreCandidates(sql, type, fields, config, keys, reviews);
  const { foreign, own } = await splitByPresence(sql, type.name, message.system ?? "", matches);
  const certain = foreign.filter((match) => match.score >= config.automatic);
  const [only] = certain;
  if (only && certain.length === 1) {
    await answerReviews(sql, message, reviews, only.canonicalId);
    return { ...known(only.canonicalId, "match", false), reasons: only.reasons };
  }
  if (foreign.length > 0) {
    await refuseDuringCreates(sql, message, foreign);
    await recordReviews(sql, message, foreign, true);
    return { undecided: foreign };
  }
  await answerReviews(
    sql,
    message,
    reviews,
    canonicalIdFor(type.name, message.system ?? "", message.localId ?? ""),
  );
  await recordReviews(
    sql,
    message,
    own.filter((match) => match.score >= config.automatic),
    false,
  );
  return undefined;
}

async function scoreCandidates(
  sql: Sql,
  type: EntityType,
  fields: Fields,
  config: MatchingConfig,
  keys: readonly KeyValue[],
  reviews: readonly Review[],
): Promise<Match[]> {
  const ids = await findCandidatesOf(sql, type.name, keys, MOST_CANDIDATES);
  if (ids.length === 0) return [];
  const different = new Set(
    reviews.filter((review) => review.decision === "different").map((review) => review.candidateId),
  );
  const records = await selectCanonical(
    sql,
    type.name,
    ids.filter((id) => !different.has(id)),
  );
  return records
    .map((record) => scoreMatch(record.id, fields, flatten(type, record.body), config))
    .filter((match) => match.score >= config.review)
    .sort((one, other) => other.score - one.score);
}

/** Candidates the system has no record of (`foreign`), and those it has one of already (`own`: duplicates inside it). */
async function splitByPresence(sql: Sql, entity: string, system: string, matches: readonly Match[]) {
  const here = await selectLocalIds(
    sql,
    entity,
    system,
    matches.map((match) => match.canonicalId),
  );
  const { own = [], foreign = [] } = Object.groupBy(matches, ({ canonicalId }) =>
    here.has(canonicalId) ? "own" : "foreign",
  );
  return { own, foreign };
}

/** The record has changed so that nobody needs to be asked any more. */
async function answerReviews(
  sql: Sql,
  { entity, system, localId }: Message,
  reviews: readonly Review[],
  canonicalId: string,
): Promise<void> {
  if (!reviews.some((review) => review.decision === "open" && review.blocking)) return;
  const candidates = await closeReviews(sql, entity, system ?? "", localId ?? "", canonicalId);
  await releaseUndecided(sql, system ?? "", entity, candidates);
}

/** A candidate that is being made in the system just now will be there, and no candidate any more. */
async function refuseDuringCreates(sql: Sql, message: Message, matches: readonly Match[]): Promise<void> {
  const system = message.system ?? "";
  const ids = matches.map((match) => match.canonicalId);
  if ((await selectUnsettledIntents(sql, system, message.entity, ids)).size === 0) return;
  throw new NaveError(
    "NAVE_WRITE_UNDER_WAY",
    `a record that ${system}/${message.localId} may be is being created there just now`,
  );
}

async function recordReviews(
  sql: Sql,
  message: Message,
  matches: readonly Match[],
  blocking: boolean,
): Promise<void> {
  for (const match of matches) {
    await insertReview(sql, {
      entity: message.entity,
      system: message.system ?? "",
      localId: message.localId ?? "",
      messageId: message.id,
      candidateId: match.canonicalId,
      score: match.score,
      reasons: match.reasons,
      blocking,
    });
  }
}
