import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The cases of a flow, relative to the folder of flows, in the order of their names. */
export async function caseFiles(flowsDir: string, flow: string): Promise<string[]> {
  const names = await readdir(join(flowsDir, flow, "cases")).catch(() => []);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(flow, "cases", name));
}
