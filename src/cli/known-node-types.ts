import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DANGEROUS_CORE_FILES } from "../flows/editor/editor-settings.ts";

const OWN_NODES = fileURLToPath(new URL("../flows/nodes/", import.meta.url));
/** What Node-RED itself knows without a file of its own. */
const BUILT_IN = ["tab", "group", "subflow"];

/**
 * The types of nodes that a hub knows: of its own palette, of Node-RED's without what is switched off, and of packages
 * installed by hand; looked up in their sources, nothing is started.
 */
export function knownNodeTypes(paletteDir: string | undefined): ReadonlySet<string> {
  const core = filesIn(coreNodes(), ".js").filter((file) => !DANGEROUS_CORE_FILES.includes(basename(file)));
  const installed = paletteDir === undefined ? [] : installedNodes(join(paletteDir, "node_modules"));
  return new Set([...BUILT_IN, ...[...filesIn(OWN_NODES, ".ts"), ...core, ...installed].flatMap(typesIn)]);
}

function coreNodes(): string {
  const nodeRed = createRequire(import.meta.url).resolve("node-red");
  return join(dirname(createRequire(nodeRed).resolve("@node-red/nodes/package.json")), "core");
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !file.includes("locales"))
    .map((file) => join(folder, file));
}

/** The files that packages list as nodes for Node-RED, and the forms beside them: some name their types only there. */
function installedNodes(modules: string): string[] {
  return foldersIn(modules)
    .flatMap((folder) => (basename(folder).startsWith("@") ? foldersIn(folder) : [folder]))
    .flatMap((folder) => nodeFiles(folder).map((file) => join(folder, file)))
    .flatMap((file) => [file, file.replace(/\.c?js$/, ".html")])
    .filter((file) => existsSync(file));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function nodeFiles(folder: string): string[] {
  try {
    const text = readFileSync(join(folder, "package.json"), "utf8");
    const described = JSON.parse(text) as { "node-red"?: { nodes?: Record<string, string> } };
    return Object.values(described["node-red"]?.nodes ?? {});
  } catch {
    return [];
  }
}

function typesIn(file: string): string[] {
  const found = readFileSync(file, "utf8").matchAll(
    /(?:registerType\(\s*|data-template-name=)["']([^"']+)["']/g,
  );
  return [...found].flatMap(([, type]) => (type === undefined ? [] : [type]));
}
