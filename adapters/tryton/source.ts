import type { Json, JsonObject, Observation, WriteRequest } from "../../src/adapter-kit/index.ts";
import { idOf, type Row } from "./rows.ts";

/** A Tryton model whose changes show in an entity. */
export type Watched = {
  model: string;
  /** Which of its records matter. */
  domain: Json[];
  /** What `owners` needs to know of them. */
  fields: string[];
  /** Local ids of the records of the entity that the rows belong to. */
  owners(rows: readonly Row[], signal: AbortSignal): Promise<string[]>;
};

/** The entity's own model: its ids are the local ids. */
export function watchRecord(model: string, domain: Json[] = []): Watched {
  return { model, domain, fields: [], owners: async (rows) => rows.map((row) => String(row.id)) };
}

/** A model whose `field` holds the id of the record that its records belong to. */
export function watchPart(model: string, field: string, domain: Json[] = []): Watched {
  const owners: Watched["owners"] = async (rows) =>
    rows
      .map((row) => idOf(row, field))
      .filter((id) => id !== undefined)
      .map(String);
  return { model, domain, fields: [field], owners };
}

/** How one entity is read from Tryton. */
export type Source = {
  /** The model a full scan goes through, in order of ids, and which of its records belong to the entity. */
  model: string;
  domain: Json[];
  /** The entity's local ids for ids of that model. */
  localIds(ids: readonly number[], signal: AbortSignal): Promise<string[]>;
  watched: Watched[];
  /** Records that do not exist, or do not belong to the entity, are absent from the answer. */
  read(localIds: readonly string[], signal: AbortSignal): Promise<Observation[]>;
  /** Local ids of records that hold one of the hub's keys, by that key. */
  findByProbe?(
    probeKeys: readonly string[],
    signal: AbortSignal,
  ): Promise<{ probeKey: string; localId: string }[]>;
};

export type Update = Extract<WriteRequest, { kind: "update" }>;

/** How one entity is written. Methods throw NAVE_RECORD_REFUSED for what Tryton could not hold. */
export type Sink = {
  /** The model that is created and written. */
  model: string;
  createValues(body: JsonObject, probeKey: string, signal: AbortSignal): Promise<JsonObject>;
  /** Empty: nothing to write. */
  updateValues(request: Update, signal: AbortSignal): Promise<JsonObject>;
  /** Local ids for the ids that a create answered. */
  localIds(createdIds: readonly number[], signal: AbortSignal): Promise<string[]>;
  /** The id of the record to write behind a local id. */
  writtenId(localId: string, held: JsonObject): number;
  /**
   * The same values in another form that Tryton may take, where it has refused them with these words; undefined: the refusal
   * stands. What it answers is sent again, so that it must give way a little more every time.
   */
  relent?(values: JsonObject, refusal: string): JsonObject | undefined;
  /** The same sink, having looked up in one go what these requests need. */
  forBatch?(requests: readonly WriteRequest[], signal: AbortSignal): Promise<Sink>;
  /** What archives a record; absent: it cannot be. */
  archiveValues?(localId: string): JsonObject;
  /** Finds records that already hold the natural key of this body. */
  holders(body: JsonObject, signal: AbortSignal): Promise<string[]>;
  /**
   * Opens a record that is closed to this change; `settle` closes it again. Answers the lock stamps that hold afterwards;
   * undefined: nothing had to be opened.
   */
  reopen?(request: Update, stamps: JsonObject, signal: AbortSignal): Promise<JsonObject | undefined>;
  /** Brings created or updated records to the state they shall be in; called once the values are written. */
  settle?(
    localId: string,
    wish: { state?: Json; created: boolean; reopened: boolean },
    signal: AbortSignal,
  ): Promise<void>;
};

/** One entity of the spoke. */
export type Entity = { source: Source; sink?: Sink };
