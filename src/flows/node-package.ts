import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("nodes/", import.meta.url));

/**
 * Puts the hub's nodes where Node-RED looks for nodes: a small package under its user folder.
 *
 * Node-RED wants a `.js` file with the `.html` of its editor form beside it, so each entry is one line that loads the
 * TypeScript source; forms, translations and examples are links. Written anew at every start.
 */
export async function linkNodePackage(userDir: string): Promise<void> {
  const folder = join(userDir, "node_modules", "nave-nodes");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const names = (await readdir(SOURCE))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => basename(file, ".ts"));
  // Node-RED looks here for what was installed by hand, and complains when there is no such list.
  await writeFile(join(userDir, "package.json"), JSON.stringify({ name: "nave-flow-editor", private: true }));
  await writeFile(join(folder, "package.json"), JSON.stringify(packageOf(names), null, 2));
  for (const shared of ["locales", "examples"]) await symlink(join(SOURCE, shared), join(folder, shared));
  for (const name of names) {
    const source = JSON.stringify(join(SOURCE, `${name}.ts`));
    await writeFile(join(folder, `${name}.js`), `module.exports = require(${source}).default;\n`);
    await symlink(join(SOURCE, `${name}.html`), join(folder, `${name}.html`));
  }
}

function packageOf(names: string[]): object {
  return {
    name: "nave-nodes",
    version: "1.0.0",
    "node-red": { nodes: Object.fromEntries(names.map((name) => [name, `${name}.js`])) },
  };
}
