import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { applyMutant, type Mutant } from "./mutant.ts";

/** A copy of the working tree in which mutants are tried; packages are shared with the original. */
export type Checkout = {
  folder: string;
  /** Puts the mutant in, and takes out the one before it; undefined leaves the code as it was copied. */
  put(mutant: Mutant | undefined): Promise<void>;
};

/** Copies what git tracks or would track, as it stands; the copy is removed when the process ends. */
export async function copyCheckout(root: string): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), "nave-mutants-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const file of await filesOf(root)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(root, file), join(folder, file));
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));

  let changed: { path: string; source: string } | undefined;
  async function put(mutant: Mutant | undefined): Promise<void> {
    if (changed) await writeFile(changed.path, changed.source);
    changed = undefined;
    if (mutant === undefined) return;
    const path = join(folder, mutant.file);
    const source = await readFile(path, "utf8");
    await writeFile(path, applyMutant(source, mutant));
    changed = { path, source };
  }
  return { folder, put };
}

async function filesOf(root: string): Promise<string[]> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await promisify(execFile)("git", args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
}
