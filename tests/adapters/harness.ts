import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import type { FarSide } from "../../src/adapter-kit/simulation/far-side.ts";
import type { Misbehaviour } from "../../src/adapter-kit/simulation/misbehaviour.ts";

/** What an adapter gives the conformance suite: its far side (simulator or real product) and samples of its records. */
export type Harness = {
  /** The adapter's folder, as a `file:` URL. */
  folder: URL;
  /** Starts an empty far side of its own for each test; with `shared`, once for the whole suite. */
  start(): Promise<Started>;
  /** A real product that cannot be emptied: it may hold other records, so the suite looks only at those it has put there. */
  shared?: boolean;
  /** Entities to test, each after those it refers to; those the manifest declares when absent. */
  entities?: readonly string[];
  /** How many records of the first entity make several pages. Default 450. */
  many?: number;
  /**
   * The n-th record of an entity as a create's native body, valid and distinct by n in every natural key, with text and
   * money. Given ids of records it may refer to, by entity: one of each entity that stands before it in `entities`.
   */
  sample(entity: string, n: number, references: Readonly<Record<string, string>>): JsonObject;
  /** One or two top-level native properties with values that differ by `n` and from the sample's; undefined: never updated. */
  change(entity: string, n: number): JsonObject | undefined;
  /** Another property than those of `change`, with a value that differs by `n`: what somebody else edits meanwhile. */
  otherChange?(entity: string, n: number): JsonObject | undefined;
  /** A nested list, whole, with something changed in one of its items. */
  childChange?(entity: string, n: number): JsonObject | undefined;
  /** Native property that holds free text of at least 60 characters. */
  textField?(entity: string): string | undefined;
  /** Native property of the sample that holds an amount; it must be read back as it was written. */
  moneyField?(entity: string): string | undefined;
  /** Body of a create that the system must refuse; undefined: it accepts everything. */
  invalid?(entity: string): JsonObject | undefined;
  /** Entities of which the system keeps a natural key unique: the n-th sample can be created once only. */
  unique?: readonly string[];
  /** Settings with credentials that the system refuses. */
  wrongCredentials?(settings: JsonObject): JsonObject;
  /** The adapter can list the versions of all records cheaply: it has `versions`. */
  listsVersions?: boolean;
  /** Repeatable commands to try. */
  commands?: readonly CommandSample[];
  /** Misbehaviours this far side can be switched to; a promise that needs another one is left out. */
  misbehaviours: readonly (keyof Misbehaviour)[];
};

export type CommandSample = {
  operation: string;
  /** Entity of the record it is about; the suite puts one there, and what that refers to. */
  about: string;
  args(far: FarSide, id: string): Promise<JsonObject>;
  /** What the system must refuse instead. */
  refused(args: JsonObject): JsonObject;
  /** What is there of the command's doing, as a person sees it: another value once it has been done. */
  effect(far: FarSide, id: string): Promise<unknown>;
};

export type Started = {
  settings: JsonObject;
  far: FarSide;
  misbehave?(changes: Partial<Misbehaviour>): Promise<void>;
  close(): Promise<void>;
};
