import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODES = fileURLToPath(new URL("nodes/", import.meta.url));
const PLUGINS = fileURLToPath(new URL("plugins/", import.meta.url));

/**
 * Puts the hub's nodes, and what it adds to the editor, where Node-RED looks for them: a small package under its user folder.
 *
 * Node-RED wants a `.js` file with an `.html` beside it, so each entry is one line that loads the TypeScript source; forms,
 * translations, examples and the browser's scripts are links. Written anew at every start.
 */
export async function linkNodePackage(userDir: string): Promise<void> {
  const folder = join(userDir, "node_modules", "nave-nodes");
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "editor"), { recursive: true });
  // Node-RED looks here for what was installed by hand, and complains when there is no such list.
  await writeFile(join(userDir, "package.json"), JSON.stringify({ name: "nave-flow-editor", private: true }));
  const nodes = await linkSources(NODES, folder);
  const plugins = await linkSources(PLUGINS, join(folder, "editor"));
  await symlink(join(NODES, "examples"), join(folder, "examples"));
  await symlink(join(PLUGINS, "resources"), join(folder, "resources"));
  const listed = {
    nodes: Object.fromEntries(nodes.map((name) => [name, `${name}.js`])),
    plugins: Object.fromEntries(plugins.map((name) => [name, `editor/${name}.js`])),
  };
  const description = { name: "nave-nodes", version: "1.0.0", "node-red": listed };
  await writeFile(join(folder, "package.json"), JSON.stringify(description, null, 2));
}

/** @returns the names of the entries. */
async function linkSources(from: string, to: string): Promise<string[]> {
  const files = await readdir(from);
  const names = files.filter((file) => file.endsWith(".ts")).map((file) => basename(file, ".ts"));
  for (const name of names) {
    const source = JSON.stringify(join(from, `${name}.ts`));
    await writeFile(join(to, `${name}.js`), `module.exports = require(${source}).default;\n`);
    await symlink(join(from, `${name}.html`), join(to, `${name}.html`));
  }
  await symlink(join(from, "locales"), join(to, "locales"));
  return names;
}
