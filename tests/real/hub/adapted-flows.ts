import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeConfig } from "../../../src/flows/node-red.ts";

/** What Tryton's operations are told, and that it reserves when it confirms: what is approved is ordered at once. */
const ADAPTED: Record<string, Record<string, unknown>> = {
  "order-to-cash.credit": { args: '{ "customer": erpCustomer, "amount": payload.totals.net }' },
  "order-to-cash.confirm": { args: '{ "order": erpOrder }' },
  "order-to-cash.cancel": { args: '{ "order": erpOrder }' },
  "order-to-cash.in-reserve": { wires: [["order-to-cash.build"]] },
};

/** The flows shipped, in a folder of their own, with `order-to-cash` adapted to Tryton as an admin would. */
export async function flowsForTryton(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nave-tryton-flows-"));
  await cp("flows", folder, { recursive: true });
  const file = join(folder, "order-to-cash", "flow.json");
  const nodes = JSON.parse(await readFile(file, "utf8")) as NodeConfig[];
  for (const id of Object.keys(ADAPTED))
    if (!nodes.some((node) => node.id === id)) throw new Error(`the flow has no node ${id} any more`);
  await writeFile(file, JSON.stringify(nodes.map((node) => ({ ...node, ...ADAPTED[node.id] }))));
  return folder;
}
