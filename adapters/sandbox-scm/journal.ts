import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type JsonObject, NaveError } from "../../src/adapter-kit/index.ts";
import { asFileName, type Folders, listFiles, moveFile, putFile, stamped, stampIn } from "./folders.ts";
import { readOrder } from "./ubl.ts";

/** An order on its way or sent; `stamp` tells when it was written down. */
export type SentOrder = { stamp: string; id: string; uuid: string; native: JsonObject };

/**
 * The orders we have sent, as files, so that none is ever sent twice under two numbers.
 *
 * An order is written down in `orders/pending`, copied to `orders`, then moved from `pending` into the supplier's inbox in
 * one step: it has been sent if it stands in `orders` and no longer in `pending`. A process that dies in between has not
 * sent it.
 */
export class Journal {
  readonly #folders: Folders;
  readonly #read = new Map<string, SentOrder>();

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  /** Everything sent, oldest first. */
  async sent(): Promise<SentOrder[]> {
    const { orders, pending } = this.#folders;
    const waiting = new Set(await listFiles(pending));
    const names = (await listFiles(orders)).filter((name) => !waiting.has(idsOf(name).join("@")));
    const present = new Set(names);
    for (const name of this.#read.keys()) if (!present.has(name)) this.#read.delete(name);
    for (const name of names) {
      if (this.#read.has(name)) continue;
      const native = await this.#readSent(name);
      const [id, uuid] = [native["ID"] as string, native["UUID"] as string];
      this.#read.set(name, { stamp: stampIn(name), id, uuid, native });
    }
    return names.flatMap((name) => this.#read.get(name) ?? []);
  }

  async #readSent(name: string): Promise<JsonObject> {
    try {
      return readOrder(await readFile(join(this.#folders.orders, name)));
    } catch (error) {
      throw new NaveError(
        "NAVE_SYSTEM_UNAVAILABLE",
        `orders/${name} was changed since it was sent`,
        {},
        error,
      );
    }
  }

  async send(id: string, uuid: string, document: string): Promise<SentOrder> {
    const { orders, pending, inbox } = this.#folders;
    const name = `${asFileName(id)}@${asFileName(uuid)}.xml`;
    if ((await listFiles(pending)).includes(name)) await this.#forgetUnsent(name);
    const copy = stamped(name);
    await putFile(pending, name, document);
    await putFile(orders, copy, document);
    await moveFile(join(pending, name), join(inbox, `${asFileName(id)}.xml`));
    return { stamp: stampIn(copy), id, uuid, native: readOrder(Buffer.from(document)) };
  }

  /** The copies of an attempt that died. */
  async #forgetUnsent(name: string): Promise<void> {
    const { orders } = this.#folders;
    for (const left of await listFiles(orders))
      if (idsOf(left).join("@") === name) await rm(join(orders, left), { force: true });
  }
}

/** Order id and UUID in a file's name, as they stand there. */
function idsOf(name: string): string[] {
  return name.split("@").slice(-2);
}
