import { type ChildProcessByStdio, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Config } from "../../src/config/types.ts";
import type { Role } from "../../src/roles.ts";
import { until } from "../services/until.ts";
import type { Death, Orders } from "./hub-process.ts";

const ENTRY = fileURLToPath(new URL("./hub-process.ts", import.meta.url));
/** A start takes half as long when what Node made of the sources last time is kept. */
const COMPILED = join(tmpdir(), "nave-test-compile-cache");
const LONGEST_LIFE_MS = 90_000;

/**
 * A hub in a process of its own, which can be killed. Made, it stands by; it runs from `begin` on.
 *
 * @template End  How its program is told where to die.
 */
export class HubInAProcess<End = Death> {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #output = "";
  #errors = "";
  readonly #ended: Promise<string>;
  #hasEnded = false;

  constructor(program = ENTRY) {
    this.#child = spawn(process.execPath, [program], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    });
    this.#child.stdout.on("data", (bytes: Buffer) => (this.#output += String(bytes)));
    this.#child.stderr.on(
      "data",
      (bytes: Buffer) => (this.#errors = (this.#errors + String(bytes)).slice(-4000)),
    );
    this.#ended = new Promise((resolve) => {
      // When its output has been read too.
      this.#child.once("close", (code, signal) => {
        this.#hasEnded = true;
        resolve(signal ?? `code ${code}`);
      });
    });
  }

  begin(config: Config, death?: End, roles?: readonly Role[]): void {
    const orders: Orders<End> = { config, ...(death && { death }), ...(roles && { roles }) };
    this.#child.stdin.write(`${JSON.stringify(orders)}\n`);
  }

  async ready(): Promise<void> {
    const isReady = () => this.#output.includes("ready") || this.#hasEnded;
    await until("the hub is ready", isReady, LONGEST_LIFE_MS);
    if (!this.#output.includes("ready"))
      throw new Error(`the hub ended before it was ready: ${this.#errors}`);
  }

  /**
   * Resolves when it has died where it was told to, with what it said besides; a hub that ends otherwise, or never gets there,
   * is a failure.
   */
  async diesAt(step: string): Promise<string> {
    try {
      await until(`the hub reaches ${step}`, () => this.#hasEnded, LONGEST_LIFE_MS);
    } catch (error) {
      this.#child.kill("SIGKILL");
      throw new Error(`${(error as Error).message}; its log ended with: ${this.#errors}`, { cause: error });
    }
    const how = await this.#ended;
    const [, lastWords] = this.#output.split(`dies at ${step}`);
    if (how === "SIGKILL" && lastWords !== undefined) return lastWords;
    throw new Error(`the hub ended by ${how} instead of dying at ${step}: ${this.#errors}`);
  }

  /** Resolves when it has ended by itself. @returns its signal or code, and the end of its log. */
  async ends(): Promise<{ how: string; log: string }> {
    await until("the hub ends", () => this.#hasEnded, LONGEST_LIFE_MS);
    return { how: await this.#ended, log: this.#errors };
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** SIGSTOP and SIGCONT. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
