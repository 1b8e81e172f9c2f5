import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NaveError } from "../../src/adapter-kit/index.ts";

/** Where things lie in the folder that is shared with the supplier. */
export type Folders = {
  directory: string;
  /** Orders for the supplier, who takes them away. */
  inbox: string;
  /** What the supplier sends. */
  outbox: string;
  /** What it has sent and we have taken, named by the time it was taken. */
  archive: string;
  /** A copy of every order sent. */
  orders: string;
  /** Orders written and not sent yet. */
  pending: string;
  /** What cannot be taken, each with its reason. */
  rejected: string;
};

export function foldersIn(directory: string): Folders {
  return {
    directory,
    inbox: join(directory, "inbox"),
    outbox: join(directory, "outbox"),
    archive: join(directory, "archive"),
    orders: join(directory, "orders"),
    pending: join(directory, "orders", "pending"),
    rejected: join(directory, "rejected"),
  };
}

/** @throws NAVE_SYSTEM_UNAVAILABLE when the shared folder is not there: it may be a drive that is not connected. */
export async function checkFolders(folders: Folders): Promise<void> {
  const entry = await stat(folders.directory).catch(() => undefined);
  if (!entry?.isDirectory())
    throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", `The folder ${folders.directory} does not exist`, {
      accepts: "a folder shared with the supplier",
    });
  if (await stat(folders.rejected).catch(() => undefined)) return;
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
}

/** Puts a file there whole or not at all, and on the disk before anybody is told. */
export async function putFile(folder: string, name: string, content: string | Buffer): Promise<void> {
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name)).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}

/** The documents in a folder; hidden and temporary files are still being written. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return names.filter((name) => !name.startsWith(".") && !/\.(?:tmp|part|txt)$/i.test(name)).toSorted();
}

/** Moves a file out of the way together with the reason. */
export async function rejectFile(folders: Folders, name: string, reason: string): Promise<void> {
  const target = stamped(name);
  await writeFile(join(folders.rejected, `${target}.txt`), `${name} ${reason}\n`);
  await moveFile(join(folders.outbox, name), join(folders.rejected, target));
}

/** @returns false when somebody else has moved it already. */
export async function moveFile(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Names of this form sort by the time at which they were given; UTC, to the millisecond. */
export function stamped(name: string): string {
  return `${stampOf(Date.now())}-${randomBytes(3).toString("hex")}@${name}`;
}

/** The time in a name made by `stamped`. */
export function stampIn(name: string): string {
  return name.split("@")[0] ?? "";
}

export function stampOf(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:.]/g, "");
}

/** A text as part of a file name. */
export function asFileName(text: string): string {
  return encodeURIComponent(text).replace(/^\./, "%2E").replaceAll("*", "%2A");
}
