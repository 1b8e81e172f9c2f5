import { Duplex } from "node:stream";
import { Worker } from "node:worker_threads";
import type { Log } from "../adapter-kit/contract.ts";
import type { FromWorker, ToWorker, WorkerData } from "./pglite-worker.ts";

/**
 * The worker thread that holds PGlite, and streams to it that node-postgres takes for sockets.
 *
 * A worker that died is started again by the next connection; the engine then recovers from its write-ahead log.
 */
export class PgliteEngine {
  readonly #directory: string;
  readonly #log: Log | undefined;
  #starting: Promise<void> | undefined;
  #ready: Worker | undefined;
  readonly #streams = new Set<PgliteStream>();
  /** Who is answered next: one entry for every message under way. A stream given up meanwhile does not get a successor's answer. */
  #askers: PgliteStream[] = [];

  constructor(directory: string, log?: Log) {
    this.#directory = directory;
    this.#log = log;
  }

  /** A stream for one connection. All of them share the one session PGlite has, so a new one must clear it up first. */
  openStream(): Duplex {
    const stream = new PgliteStream({
      start: () => this.start(),
      send: (bytes) => this.#send(stream, bytes),
    });
    this.#streams.add(stream);
    stream.once("close", () => this.#streams.delete(stream));
    return stream;
  }

  /** Resolves when the worker answers; an empty directory gets a new database, which takes about 6 s. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async close(): Promise<void> {
    const worker = this.#ready;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage("close" satisfies ToWorker, []);
    await exited;
  }

  #send(stream: PgliteStream, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#ready === undefined)
      throw new Error("connection terminated: the embedded database is not running");
    this.#askers.push(stream);
    this.#ready.postMessage(bytes satisfies ToWorker, [bytes.buffer]);
  }

  async #start(): Promise<void> {
    const workerData: WorkerData = { directory: this.#directory };
    // Flags of the main program are not for it: --input-type, for one, ends a thread that is a file.
    const worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), { workerData, execArgv: [] });
    worker.on("message", (message: FromWorker) => {
      if (message instanceof Uint8Array) this.#askers.shift()?.push(Buffer.from(message.buffer));
    });
    worker.on("error", (error) => this.#lose(error));
    worker.on("exit", () => this.#lose(new Error("connection terminated: the embedded database ended")));
    await new Promise<void>((resolve, reject) => {
      worker.once("message", () => resolve());
      worker.once("error", reject);
      worker.once("exit", () =>
        reject(new Error("connection terminated: the embedded database did not start")),
      );
    });
    this.#ready = worker;
  }

  #lose(reason: Error): void {
    this.#starting = undefined;
    this.#ready = undefined;
    this.#askers = [];
    if (this.#streams.size === 0) return;
    this.#log?.error({ err: reason }, "the embedded database ended; the next query starts it again");
    for (const stream of this.#streams) stream.destroy(reason);
  }
}

type Carrier = {
  start(): Promise<void>;
  send(bytes: Uint8Array<ArrayBuffer>): void;
};

/** What node-postgres needs of a socket, over the worker's message port. */
class PgliteStream extends Duplex {
  readonly #carrier: Carrier;

  constructor(carrier: Carrier) {
    super();
    this.#carrier = carrier;
  }

  connect(): this {
    this.#carrier.start().then(
      () => this.emit("connect"),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#send(Uint8Array.from(chunk), done);
  }

  /** The messages of one statement arrive together and go to the engine together: one turn instead of five. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#send(Uint8Array.from(Buffer.concat(chunks.map((part) => part.chunk))), done);
  }

  override _final(done: () => void): void {
    done();
    this.destroy();
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #send(bytes: Uint8Array<ArrayBuffer>, done: (error?: Error) => void): void {
    try {
      this.#carrier.send(bytes);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}
