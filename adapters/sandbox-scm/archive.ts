import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type JsonObject, type Log, NaveError } from "../../src/adapter-kit/index.ts";
import { type Folders, listFiles, moveFile, rejectFile, stamped, stampIn } from "./folders.ts";
import { entityOf, readIncoming, type UblDocument } from "./ubl.ts";
import { UnreadableError } from "./unreadable.ts";

export type ArchivedDocument = UblDocument & { stamp: string };

/** A file in the outbox that cannot be taken. */
export type BadFile = { name: string; entity: string; reason: string };

export type ArchiveOptions = {
  maxFileBytes: number;
  unfinishedMs: number;
  /** Why a readable document cannot be taken all the same, if so. */
  objection: (document: UblDocument) => string | undefined;
  log: Log;
};

/**
 * What the supplier has sent. Whole documents are moved from the outbox into the archive, which is the source of all that
 * is read; what cannot be taken stays until it has been reported, then goes to `rejected` with the reason.
 */
export class Archive {
  readonly #folders: Folders;
  readonly #options: ArchiveOptions;
  readonly #read = new Map<string, ArchivedDocument>();

  constructor(folders: Folders, options: ArchiveOptions) {
    this.#folders = folders;
    this.#options = options;
  }

  /** All documents taken so far, in the order in which they were taken. */
  async documents(): Promise<ArchivedDocument[]> {
    const names = await listFiles(this.#folders.archive);
    const present = new Set(names);
    for (const name of this.#read.keys()) if (!present.has(name)) this.#read.delete(name);
    for (const name of names) {
      if (!this.#read.has(name)) this.#read.set(name, await this.#readArchived(name));
    }
    return names.flatMap((name) => this.#read.get(name) ?? []);
  }

  /** Takes what has come. Answers the files that cannot be taken; they do not keep others waiting. */
  async collect(signal: AbortSignal): Promise<BadFile[]> {
    const bad: BadFile[] = [];
    for (const name of await listFiles(this.#folders.outbox)) {
      signal.throwIfAborted();
      const found = await this.#take(name);
      if (found) bad.push(found);
    }
    return bad;
  }

  async reject({ name, reason }: BadFile): Promise<void> {
    this.#options.log.warn({ file: name }, `put aside: ${reason}`);
    await rejectFile(this.#folders, name, reason);
  }

  async #take(name: string): Promise<BadFile | undefined> {
    const path = join(this.#folders.outbox, name);
    const { maxFileBytes, unfinishedMs, objection } = this.#options;
    const file = await stat(path).catch(() => undefined);
    if (!file) return undefined;
    if (file.size > maxFileBytes) {
      const reason = `cannot be taken: it has ${file.size} bytes; accepted: at most ${maxFileBytes}`;
      return { name, entity: "purchase-order", reason };
    }
    const bytes = await readFile(path);
    try {
      const document = readIncoming(bytes);
      const against = objection(document);
      if (against !== undefined) throw new UnreadableError(against);
      const target = stamped(name);
      if (await moveFile(path, join(this.#folders.archive, target)))
        this.#read.set(target, { ...document, stamp: stampIn(target) });
      return undefined;
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      // Not by the time of the last edit, which a copying program may have set back.
      const isStillWritten = Date.now() - file.ctimeMs < unfinishedMs;
      if (isStillWritten) return undefined;
      return { name, entity: entityOf(bytes), reason: `cannot be taken: ${error.message}` };
    }
  }

  async #readArchived(name: string): Promise<ArchivedDocument> {
    try {
      return { ...readIncoming(await readFile(join(this.#folders.archive, name))), stamp: stampIn(name) };
    } catch (error) {
      const text = `archive/${name} was changed since it was taken`;
      throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", text, {}, error);
    }
  }
}

/** What a bad file looks like to the hub: a record whose mapping fails with the reason. */
export function badRecord({ name, reason }: BadFile): { localId: string; native: JsonObject } {
  return { localId: `file:${name}`, native: { File: name, Problem: reason } };
}
