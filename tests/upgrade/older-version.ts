import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const THIS_TREE = fileURLToPath(new URL("../../", import.meta.url));
const MIGRATIONS = "src/store/migrations";
const run = promisify(execFile);

/** A version of the program, ready to run. */
export type Tree = {
  /** As it was asked for, and the commit; of this tree, what it is. */
  name: string;
  folder: string;
  /** Names of its migrations, in order. */
  migrations: string[];
};

/** Content and name of each migration, in order: what a store of that version has applied. */
type Applied = readonly string[];

/**
 * From which version to upgrade: the one that is named; else the last tag before this commit; else, where no version is tagged,
 * the newest commit that a migration has followed.
 */
export async function chooseRevision(named: string | undefined): Promise<{ commit: string; name: string }> {
  if (named !== undefined) return { commit: await commitOf(named), name: named };
  const tag = await git("describe", "--tags", "--abbrev=0", "HEAD^").catch(() => undefined);
  if (tag !== undefined) return { commit: await commitOf(tag), name: tag };
  const now = await appliedHere();
  for (const commit of (await git("rev-list", "--first-parent", "HEAD")).split("\n")) {
    if (isBeginning(await appliedAt(commit), now))
      return { commit, name: "the commit before the newest migration" };
  }
  throw new Error("no tag, and no commit with fewer migrations than this tree: name one with --from");
}

/** Whether a store with these migrations can go on to those, and has to. */
export function isBeginning(older: Applied, newer: Applied): boolean {
  return older.length > 0 && older.length < newer.length && older.every((one, index) => one === newer[index]);
}

/** The version at that commit, installed in a folder that later runs use again. */
export async function unpack({ commit, name }: { commit: string; name: string }): Promise<Tree> {
  const folder = join(tmpdir(), `nave-at-${commit.slice(0, 12)}`);
  if (!existsSync(folder)) {
    const draft = `${folder}-${process.pid}`;
    await mkdir(draft);
    try {
      const archive = join(draft, "tree.tar");
      await git("archive", "--format=tar", `--output=${archive}`, commit);
      await run("tar", ["-xf", archive, "-C", draft]);
      await rm(archive);
      const quiet = ["--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
      await run("npm", ["ci", ...quiet], { cwd: draft });
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  return { name: `${name} (${commit.slice(0, 12)})`, folder, migrations: await namesIn(folder) };
}

export async function thisTree(): Promise<Tree> {
  return { name: "this tree", folder: THIS_TREE, migrations: await namesIn(THIS_TREE) };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(join(folder, MIGRATIONS))).filter((name) => name.endsWith(".sql")).sort();
}

async function appliedHere(): Promise<string[]> {
  const names = await namesIn(THIS_TREE);
  const hashes = await git("hash-object", ...names.map((name) => join(MIGRATIONS, name)));
  return hashes.split("\n").map((hash, index) => `${hash} ${names[index]}`);
}

async function appliedAt(commit: string): Promise<string[]> {
  const lines = await git("ls-tree", commit, `${MIGRATIONS}/`);
  return [...lines.matchAll(/^\S+ blob (\S+)\t.*\/(\S+\.sql)$/gm)].map(([, hash, name]) => `${hash} ${name}`);
}

function commitOf(name: string): Promise<string> {
  return git("rev-parse", "--verify", `${name}^{commit}`);
}

async function git(...args: string[]): Promise<string> {
  return (await run("git", args, { cwd: THIS_TREE, maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
}
