import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { isRoot } from "../../services/service-search.ts";
import { run } from "./own-folder.ts";

const BALLAST = "ballast";

/** A folder on a file system of its own, so small that it can be filled. */
export type Quota = {
  /** Takes the last free byte. */
  fill(): Promise<void>;
  /** Gives back what `fill` took. */
  free(): Promise<void>;
};

/**
 * Puts a file system of so many megabytes into the folder, which must be empty. It goes with the run's folder.
 *
 * @returns undefined where that is not possible: it takes root, and Linux.
 */
export async function mountQuota(folder: string, megabytes: number): Promise<Quota | undefined> {
  if (!isRoot() || process.platform !== "linux") return undefined;
  const options = ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "tmpfs", folder];
  const isMounted = await run("mount", options).then(
    () => true,
    () => false,
  );
  if (!isMounted) return undefined;
  const ballast = join(folder, BALLAST);
  return {
    async fill() {
      const { bavail, bsize } = await statfs(folder);
      // What is written meanwhile makes the last request too large; the remainder is then asked for in pages.
      await run("fallocate", ["-l", String(Math.max(bsize, bavail * bsize)), ballast]).catch(() => undefined);
      await run("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4096", "oflag=append", "conv=notrunc"]).catch(
        () => undefined,
      );
    },
    free: () => rm(ballast, { force: true }),
  };
}
