import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FILE_NAME = "admin-token";

/**
 * The token by which the command line of the same machine and user speaks to the hub: who can read the data directory can
 * do with the hub as they like anyway. Made at the first start, mode 0600.
 */
export async function ensureAdminToken(dataDir: string): Promise<string> {
  const existing = await readAdminToken(dataDir);
  if (existing !== undefined) return existing;
  const token = randomBytes(32).toString("base64url");
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(join(dataDir, FILE_NAME), `${token}\n`, { mode: 0o600, flag: "wx" });
    return token;
  } catch (error) {
    // Another process that shares the folder was faster.
    const made = (error as NodeJS.ErrnoException).code === "EEXIST" && (await readAdminToken(dataDir));
    if (made) return made;
    throw error;
  }
}

/** Undefined where no hub has ever started with this data directory. */
export async function readAdminToken(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, FILE_NAME), "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
