import { fileURLToPath } from "node:url";
import { Child } from "../stage/child.ts";
import { deleteQueues, freshServices } from "../stage/services.ts";
import { Systems } from "../stage/systems.ts";
import type { FloorOrders } from "./customer-sync.ts";
import { rawBrokerRate, rawDatabaseRate } from "./raw.ts";

const PROGRAM = fileURLToPath(new URL("customer-sync.ts", import.meta.url));

/** Records a second. `raw`: the same program without systems; then broker and database each for itself. */
export type FloorFigures = { floor: number; raw: number; rawBroker: number; rawDatabase: number };

export async function runFloor(records: number, say: (text: string) => void): Promise<FloorFigures> {
  say("the floor");
  const floor = await withSystems(records);
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

async function withSystems(records: number): Promise<number> {
  const systems = await Systems.start();
  try {
    await systems.seed("customer", 1, records);
    return await runProgram(records, systems.url);
  } finally {
    await systems.end();
  }
}

/** All changes are in the source when the program is told to go. */
async function runProgram(records: number, systemsUrl?: string): Promise<number> {
  const services = await freshServices();
  const child = new Child([PROGRAM]);
  const orders: FloorOrders = {
    databaseUrl: services.databaseUrl,
    amqpUrl: services.amqpUrl,
    prefix: services.prefix,
    records,
    ...(systemsUrl === undefined ? {} : { systemsUrl }),
  };
  try {
    child.tell(JSON.stringify(orders));
    await child.line();
    child.tell("go");
    const { seconds } = JSON.parse(await child.line()) as { seconds: number };
    return records / seconds;
  } finally {
    await child.end();
    await deleteQueues(services.prefix, ["inbound", "deliver"]);
    await services.drop();
  }
}
