import { type ConnectContext, type EntityCapability, NaveError } from "../../src/adapter-kit/index.ts";
import { Archive, type BadFile } from "./archive.ts";
import { checkFolders, type Folders, foldersIn } from "./folders.ts";
import { Journal } from "./journal.ts";
import type { Holdings } from "./records.ts";
import type { UblDocument } from "./ubl.ts";

/** One supplier's folder, opened when it is there. */
export class Supplier {
  readonly context: ConnectContext;
  #open: { folders: Folders; journal: Journal; archive: Archive; known: Set<string> } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: ConnectContext) {
    this.context = context;
  }

  /** @throws NAVE_NOT_SUPPORTED for an entity that the manifest does not have. */
  capability(entity: string): EntityCapability {
    const { entities } = this.context.manifest;
    const found = entities[entity];
    if (found) return found;
    const accepts = Object.keys(entities).join(", ");
    throw new NaveError("NAVE_NOT_SUPPORTED", `The supplier has no ${entity}`, { value: entity, accepts });
  }

  /** Takes what has come, and tells all there is. */
  look(signal: AbortSignal): Promise<Holdings & { bad: BadFile[] }> {
    return this.#alone(async () => {
      const { journal, archive, known } = await this.#opened();
      stopWhenAborted(signal);
      const sent = await journal.sent();
      known.clear();
      for (const { id } of sent) known.add(id);
      const bad = await archive.collect(signal);
      return { sent, documents: await archive.documents(), bad };
    });
  }

  /** Writes to the journal, one after another. */
  async inJournal<T>(work: (journal: Journal) => Promise<T>): Promise<T> {
    return this.#alone(async () => work((await this.#opened()).journal));
  }

  async reject(files: readonly BadFile[]): Promise<void> {
    const { archive } = await this.#opened();
    for (const file of files) await archive.reject(file);
  }

  async check(): Promise<void> {
    await this.#opened();
  }

  async #opened() {
    this.#open ??= this.#begin();
    await checkFolders(this.#open.folders);
    return this.#open;
  }

  #begin() {
    const { settings, log } = this.context;
    const folders = foldersIn(settings["directory"] as string);
    const known = new Set<string>();
    const archive = new Archive(folders, {
      maxFileBytes: (settings["maxFileBytes"] as number | undefined) ?? 5_000_000,
      unfinishedMs: (settings["unfinishedMs"] as number | undefined) ?? 10_000,
      objection: (document) => unknownOrder(document, known),
      log,
    });
    return { folders, journal: new Journal(folders), archive, known };
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => undefined);
    return run;
  }
}

function unknownOrder({ native }: UblDocument, known: ReadonlySet<string>): string | undefined {
  const id = native["OrderID"] as string | undefined;
  if (id === undefined || known.has(id)) return undefined;
  return `it is about the order "${id}", which we have not sent`;
}

export function stopWhenAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", "given up by the hub");
}
