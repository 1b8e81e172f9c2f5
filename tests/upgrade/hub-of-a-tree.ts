import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { readAdminToken } from "../../src/access/admin-token.ts";
import { HubClient } from "../../src/cli/client.ts";
import { until } from "../services/until.ts";
import type { Tree } from "./older-version.ts";

const START_WITHIN_MS = 120_000;

export type HubPlace = { config: string; dataDir: string };

/** `nave` of one version as its users run it: a process of its own, and the files that it is given. */
export class HubOfATree {
  readonly label: string;
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  #output = "";
  #log = "";
  #ended: string | undefined;
  readonly #hasEnded: Promise<void>;

  constructor(label: string, tree: Tree, { config, dataDir }: HubPlace) {
    this.label = label;
    this.#dataDir = dataDir;
    this.#child = spawnNave(tree, ["--json", "--config", config, "start"], dataDir);
    this.#child.stdout?.on("data", (bytes: Buffer) => (this.#output += String(bytes)));
    this.#child.stderr?.on(
      "data",
      (bytes: Buffer) => (this.#log = (this.#log + String(bytes)).slice(-20_000)),
    );
    this.#hasEnded = new Promise((resolve) =>
      this.#child.once("close", (code, signal) => {
        this.#ended = signal ?? `code ${code}`;
        resolve();
      }),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The end of what it has written on standard error. */
  get log(): string {
    return this.#log;
  }

  get isRunning(): boolean {
    return this.#ended === undefined;
  }

  async ready(): Promise<void> {
    const isThere = () => this.#output.includes("\n") || !this.isRunning;
    await until(`${this.label} has started`, isThere, START_WITHIN_MS);
    if (!this.isRunning) throw new Error(`${this.label} ended (${this.#ended}) before it was ready`);
  }

  async client(): Promise<HubClient> {
    const { url } = JSON.parse(this.#output.slice(0, this.#output.indexOf("\n"))) as { url: string };
    return new HubClient(url, await readAdminToken(this.#dataDir));
  }

  /** @returns how it ended; a hub that was told to stop ends with `code 0`. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<string> {
    this.#child.kill(signal);
    return this.ended();
  }

  async ended(): Promise<string> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), START_WITHIN_MS);
    await this.#hasEnded;
    clearTimeout(timer);
    return this.#ended ?? "";
  }
}

/** One command of a version, to its end. @throws with what it said when it fails. */
export async function naveOf(
  tree: Tree,
  { config, dataDir }: HubPlace,
  args: readonly string[],
): Promise<void> {
  const child = spawnNave(tree, ["--config", config, ...args], dataDir);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (bytes: Buffer) => (said += String(bytes)));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`nave ${args.join(" ")} of ${tree.name} ended with code ${code}: ${said}`);
}

/** What is configured counts, whatever the environment says. */
function spawnNave(tree: Tree, args: readonly string[], dataDir: string): ChildProcess {
  const own = {
    DATABASE_URL: "",
    AMQP_URL: "",
    NAVE_HOST: "",
    NAVE_PORT: "",
    NAVE_DATA: dataDir,
    NAVE_LOG: "warn",
  };
  return spawn(process.execPath, [join(tree.folder, "bin/nave"), ...args], {
    cwd: tree.folder,
    env: { ...process.env, ...own },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
