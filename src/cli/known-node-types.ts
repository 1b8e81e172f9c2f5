import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OWN_NODES = fileURLToPath(new URL("../flows/nodes/", import.meta.url));
/** What Node-RED itself knows without a file of its own. */
const BUILT_IN = ["tab", "group", "subflow"];

let known: ReadonlySet<string> | undefined;

/** Whether the hub's palette or Node-RED's own has nodes of this type; looked up in their sources, nothing is started. */
export function isKnownNodeType(type: string): boolean {
  known ??= new Set([...BUILT_IN, ...typesIn(OWN_NODES, ".ts"), ...typesIn(coreNodes(), ".js")]);
  return known.has(type);
}

function coreNodes(): string {
  const nodeRed = createRequire(import.meta.url).resolve("node-red");
  return join(dirname(createRequire(nodeRed).resolve("@node-red/nodes/package.json")), "core");
}

function typesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !file.includes("locales"))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), "utf8").matchAll(/registerType\(\s*["']([^"']+)["']/g),
    ])
    .flatMap(([, type]) => (type === undefined ? [] : [type]));
}
