import { fileURLToPath } from "node:url";
import { Child } from "../stage/child.ts";
import { deleteQueues, freshServices } from "../stage/services.ts";
import { Systems } from "../stage/systems.ts";
import type { FloorOrders } from "./customer-sync.ts";
import { rawBrokerRate, rawDatabaseRate } from "./raw.ts";

const PROGRAM = fileURLToPath(new URL("customer-sync.ts", import.meta.url));

type FarEnds = Pick<FloorOrders, "systemsUrl" | "targets">;

/** Records a second. `raw`: the same program without systems; then broker and database each for itself. */
export type FloorFigures = { floor: number; raw: number; rawBroker: number; rawDatabase: number };

export async function runFloor(records: number, say: (text: string) => void): Promise<FloorFigures> {
  say("the floor");
  const floor = await floorRate(records);
  say("the floor without systems");
  const raw = await runProgram(records);
  say("broker and database by themselves");
  const services = await freshServices();
  try {
    const rawBroker = await rawBrokerRate(services.amqpUrl, services.prefix, records);
    const rawDatabase = await rawDatabaseRate(services.databaseUrl, records);
    return { floor, raw, rawBroker, rawDatabase };
  } finally {
    await services.drop();
  }
}

/**
 * With all records in the source before the program begins.
 *
 * @param targets  Several: each kind of customer goes to its own.
 * @returns records a second.
 */
export async function floorRate(records: number, targets: string[] = ["erp"]): Promise<number> {
  const systems = await Systems.start();
  try {
    await systems.seed("customer", 1, records);
    return await runProgram(records, { systemsUrl: systems.url, targets });
  } finally {
    await systems.end();
  }
}

/** All changes are in the source when the program is told to go. */
function runProgram(records: number, to: FarEnds = {}): Promise<number> {
  return withFloor(records, to, async (floor) => {
    floor.tell("go");
    const { seconds } = JSON.parse(await floor.line()) as { seconds: number };
    return records / seconds;
  });
}

/** Runs `work` while the floor, on a database and queues of its own, is ready to be told `go`. */
export async function withFloor<T>(
  records: number,
  to: FarEnds,
  work: (floor: Child) => Promise<T>,
): Promise<T> {
  const { databaseUrl, amqpUrl, prefix, drop } = await freshServices();
  const child = new Child([PROGRAM]);
  const orders: FloorOrders = { databaseUrl, amqpUrl, prefix, records, ...to };
  try {
    child.tell(JSON.stringify(orders));
    await child.line();
    return await work(child);
  } finally {
    await child.end();
    await deleteQueues(prefix, ["inbound", "deliver"]);
    await drop();
  }
}
