import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { FlowFolders } from "../flows/storage/flow-folders.ts";
import { CliError, EXIT } from "./exit-codes.ts";

const run = promisify(execFile);
const LARGEST_FILE_BYTES = 50_000_000;
const FLOW_FILE = /^[^/]+\/(flow|layout)\.json$/;

/**
 * The folder of flows as it was at a revision of the git checkout that it lies in.
 *
 * @param revision  Whatever git understands: `HEAD~3`, a branch, a tag, a commit.
 */
export async function readRevision(flowsDir: string, revision: string): ReturnType<FlowFolders["read"]> {
  const commit = await commitOf(flowsDir, revision);
  const folder = await mkdtemp(join(tmpdir(), "nave-revision-"));
  try {
    const listed = await git(flowsDir, ["ls-tree", "-r", "-z", "--name-only", commit, "."]);
    for (const file of listed.split("\0").filter((name) => FLOW_FILE.test(name))) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), await git(flowsDir, ["show", `${commit}:./${file}`]));
    }
    return await new FlowFolders(folder).read();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function commitOf(flowsDir: string, revision: string): Promise<string> {
  await git(flowsDir, ["rev-parse", "--git-dir"]).catch((error: Error & { stderr?: string }) => {
    const [said = ""] = (error.stderr || error.message).split("\n");
    throw new CliError(EXIT.usage, `${flowsDir} lies in no git checkout to compare with (${said})`, {
      accepts: "--against <folder>, another folder of flows",
    });
  });
  try {
    return (
      await git(flowsDir, ["rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`])
    ).trim();
  } catch {
    throw new CliError(EXIT.usage, `"${revision}" is neither a folder nor a revision that git knows`, {
      accepts: "a folder of flows, or a commit, branch or tag of the checkout",
    });
  }
}

async function git(folder: string, args: string[]): Promise<string> {
  const { stdout } = await run("git", ["-C", folder, ...args], { maxBuffer: LARGEST_FILE_BYTES });
  return stdout;
}
