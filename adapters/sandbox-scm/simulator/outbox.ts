import { appendFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DTD_BOMB, despatchAdvice } from "./documents.ts";
import { type SupplierSwitches, takeNext } from "./switches.ts";

/** Puts documents into the outbox: whole, as agreed, or in the ways that go wrong. */
export class Outbox {
  readonly #folder: string;
  readonly #switches: SupplierSwitches;
  #count = Date.now();

  constructor(folder: string, switches: SupplierSwitches) {
    this.#folder = folder;
    this.#switches = switches;
  }

  async put(name: string, content: string | Buffer): Promise<void> {
    const temporary = join(this.#folder, `.${name}.tmp`);
    await writeFile(temporary, content);
    await rename(temporary, join(this.#folder, `${name}.xml`));
  }

  /** A despatch advice, with whatever is to go wrong around it. */
  async putDespatch(name: string, content: string): Promise<void> {
    await this.#putBadFiles(content);
    if (takeNext(this.#switches, "halfWrittenNext")) await this.#putInHalves(name, content);
    else await this.put(name, content);
    if (takeNext(this.#switches, "duplicateNext")) await this.put(`${name}-again`, content);
  }

  async #putInHalves(name: string, content: string): Promise<void> {
    const path = join(this.#folder, `${name}.xml`);
    const half = content.length / 2;
    await writeFile(path, content.slice(0, half));
    setTimeout(() => void appendFile(path, content.slice(half)), this.#switches.halfWrittenMs);
  }

  async #putBadFiles(content: string): Promise<void> {
    const switches = this.#switches;
    if (takeNext(switches, "truncatedNext"))
      await this.#putBad("truncated", content.slice(0, content.length / 2));
    if (takeNext(switches, "wrongEncodingNext"))
      await this.#putBad("wrong-encoding", Buffer.from(content.replace("Freight", "Fracht Köln"), "latin1"));
    if (takeNext(switches, "unknownOrderNext")) {
      const line = { id: "1", orderLine: "1", item: "X-1", quantity: "1", unit: "C62", outstanding: "0" };
      await this.#putBad("unknown-order", despatchAdvice("DA-NOBODY", "PO-NOBODY", [line]));
    }
    if (takeNext(switches, "hugeNext"))
      await this.#putBad("huge", content.replace("</u:", `${" ".repeat(switches.hugeBytes)}</u:`));
    if (takeNext(switches, "dtdBombNext")) await this.#putBad("dtd-bomb", DTD_BOMB);
  }

  async #putBad(kind: string, content: string | Buffer): Promise<void> {
    this.#count += 1;
    await this.put(`${kind}-${this.#count}`, content);
  }
}
