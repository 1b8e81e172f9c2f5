import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

/** To the worker: bytes of the wire protocol (whole messages), or the order to close. */
export type ToWorker = Uint8Array<ArrayBuffer> | "close";
/** From the worker: `ready` once, the answer to each bytes in turn, `closed` last. A failure ends the thread. */
export type FromWorker = Uint8Array<ArrayBuffer> | "ready" | "closed";
export type WorkerData = { directory: string };

/** PGlite blocks its thread for the length of a query: here it has one of its own, and speaks the wire protocol to it. */
async function serve(port: NonNullable<typeof parentPort>, directory: string): Promise<void> {
  const pglite = await PGlite.create(directory);
  let turn = Promise.resolve();
  const answer = async (message: ToWorker): Promise<void> => {
    if (message !== "close") return send(port, await execute(pglite, message));
    await pglite.close();
    port.postMessage("closed" satisfies FromWorker, []);
    port.close();
  };
  port.on("message", (message: ToWorker) => {
    // A rejection here is a crash of the engine, not of a statement: unhandled, it ends the thread, which is noticed.
    turn = turn.then(() => answer(message));
  });
  port.postMessage("ready" satisfies FromWorker, []);
}

async function execute(pglite: PGlite, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  // The start-up packet is answered at once and not through the stream of data.
  if (message[0] === 0) return new Uint8Array(await pglite.execProtocolRaw(message));
  const parts: Uint8Array[] = [];
  await pglite.execProtocolRawStream(message, { onRawData: (part) => void parts.push(part.slice()) });
  const answer = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    answer.set(part, offset);
    offset += part.length;
  }
  return answer;
}

function send(port: NonNullable<typeof parentPort>, bytes: Uint8Array<ArrayBuffer>): void {
  port.postMessage(bytes, [bytes.buffer]);
}

if (parentPort !== null) await serve(parentPort, (workerData as WorkerData).directory);
