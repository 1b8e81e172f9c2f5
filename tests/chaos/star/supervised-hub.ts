import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LifeStep } from "../../../src/hub.ts";
import { until } from "../../services/until.ts";
import type { Answer, Line, Request, Start } from "./hub-process.ts";
import type { HubAccount, HubState } from "./state.ts";

const PROGRAM = fileURLToPath(new URL("./hub-process.ts", import.meta.url));
/** A start takes half as long when what Node made of the sources last time is kept. */
const COMPILED = join(tmpdir(), "nave-test-compile-cache");
const AGAIN_AFTER_MS = 300;
const ANSWERS_WITHIN_MS = 5000;
/** A process that has not started by then is given up. */
const STARTS_WITHIN_MS = 150_000;
/** With the time that services take which are away when it starts. */
const READY_WITHIN_MS = 300_000;

type Question = DistributiveOmit<Extract<Request, { ask: unknown }>, "id">;
type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

/** A process that has been loaded and waits to be told which hub it is. */
class HubProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<string>;
  url: string | undefined;
  isReady = false;
  hasEnded = false;
  log = "";
  readonly #answers = new Map<number, (line: Line) => void>();
  #asked = 0;

  constructor(environment: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [PROGRAM], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { NAVE_LOG: "warn", ...environment, NODE_COMPILE_CACHE: COMPILED },
    });
    this.child.stdin.on("error", () => undefined);
    this.child.stderr.on("data", (bytes: Buffer) => (this.log = (this.log + String(bytes)).slice(-4000)));
    const logs = environment["NAVE_CHAOS_LOGS"];
    if (logs !== undefined)
      this.child.stderr.pipe(createWriteStream(join(logs, `hub-${this.child.pid}.log`)));
    createInterface({ input: this.child.stdout }).on("line", (text) => this.#heard(text));
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        this.hasEnded = true;
        resolve(signal ?? `code ${code}`);
      });
    });
  }

  say(line: Start | Request): void {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  async ask(question: Question): Promise<Answer> {
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve } = Promise.withResolvers<Line | undefined>();
    this.#answers.set(id, resolve);
    const timer = setTimeout(() => resolve(undefined), ANSWERS_WITHIN_MS);
    this.say({ id, ...question });
    const line = await Promise.race([promise, this.ended.then(() => undefined)]);
    clearTimeout(timer);
    this.#answers.delete(id);
    if (line && "answer" in line) return line.answer;
    throw new Error(line && "failure" in line ? line.failure : "the hub does not answer");
  }

  #heard(text: string): void {
    if (!text.startsWith("{")) {
      this.log = `${this.log}${text}\n`.slice(-4000);
      return;
    }
    const line = JSON.parse(text) as Line;
    if ("ready" in line) {
      this.isReady = true;
      this.url = line.url;
    } else if ("id" in line) this.#answers.get(line.id)?.(line);
  }
}

/** An end that nobody had asked for. */
export type UnexpectedEnd = { hub: string; how: string; log: string };

/** A hub that is started again whenever it has ended, as a service manager does. */
export class SupervisedHub {
  readonly name: string;
  /** How long each start took, from the end of the process before; milliseconds. */
  readonly startsMs: number[] = [];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #onUnexpectedEnd: (end: UnexpectedEnd) => void;
  #process: HubProcess | undefined;
  /** Loads while other things are made ready. */
  #standby: HubProcess | undefined;
  #lastLog = "";
  #isHalted = false;
  #isDoomed = false;
  #isFrozen = false;
  #life: Promise<void> = Promise.resolve();

  /** @param environment  For its processes. */
  constructor(name: string, environment: NodeJS.ProcessEnv, onUnexpectedEnd: (end: UnexpectedEnd) => void) {
    this.name = name;
    this.#environment = environment;
    this.#onUnexpectedEnd = onUnexpectedEnd;
    this.#standby = new HubProcess(environment);
  }

  start(start: Start): void {
    this.#life = this.#live(start);
  }

  get isReady(): boolean {
    return this.#process?.isReady === true && !this.#process.hasEnded && !this.#isFrozen;
  }

  /** Where it takes web hooks; absent while it does not. */
  get url(): string | undefined {
    return this.isReady ? this.#process?.url : undefined;
  }

  async ready(timeoutMs = READY_WITHIN_MS): Promise<void> {
    try {
      await until(`${this.name} is ready`, () => this.isReady, timeoutMs);
    } catch (error) {
      const log = this.#process?.log.slice(-2000) ?? "";
      throw new Error(`${(error as Error).message}; its log ended with: ${log || this.#lastLog}`, {
        cause: error,
      });
    }
  }

  state(since: string, sources: string[]): Promise<HubState> {
    return this.#asked({ ask: "state", since, sources }) as Promise<HubState>;
  }

  account(): Promise<HubAccount> {
    return this.#asked({ ask: "account" }) as Promise<HubAccount>;
  }

  /** Whether it is just writing this record into a system. */
  claims(canonicalId: string): Promise<boolean> {
    return this.#asked({ ask: "claims", canonicalId }) as Promise<boolean>;
  }

  /** SIGKILL, at once. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (!process || process.hasEnded) return;
    this.#isDoomed = true;
    process.child.kill("SIGKILL");
    await process.ended;
  }

  /** It dies when it next reaches this step; or at any rate after so long. @returns whether it got there. */
  async killAt(step: LifeStep, withinMs: number): Promise<boolean> {
    const process = this.#process;
    if (!process || process.hasEnded) return false;
    this.#isDoomed = true;
    process.say({ dieAt: step });
    const isDead = await Promise.race([
      process.ended.then(() => true),
      sleep(withinMs, false, { ref: false }),
    ]);
    if (!isDead) await this.kill();
    return isDead;
  }

  /** SIGSTOP, and SIGCONT after so long. */
  async freeze(forMs: number): Promise<void> {
    const process = this.#process;
    if (!process || process.hasEnded) return;
    this.#isFrozen = true;
    process.child.kill("SIGSTOP");
    await sleep(forMs);
    process.child.kill("SIGCONT");
    this.#isFrozen = false;
  }

  /** For good. */
  async halt(): Promise<void> {
    this.#isHalted = true;
    await this.kill();
    await this.#life;
    this.#standby?.child.kill("SIGKILL");
    await this.#standby?.ended;
    this.#standby = undefined;
  }

  async #asked(question: Question): Promise<Answer> {
    if (!this.#process || !this.isReady) throw new Error("the hub is not up");
    return this.#process.ask(question);
  }

  async #live(start: Start): Promise<void> {
    let endedAt = performance.now();
    while (!this.#isHalted) {
      const process = this.#standby ?? new HubProcess(this.#environment);
      this.#standby = undefined;
      this.#process = process;
      this.#isDoomed = false;
      process.say(start);
      await until("", () => process.isReady || process.hasEnded, STARTS_WITHIN_MS).catch(() => {
        process.child.kill("SIGKILL");
      });
      // It can be stopped or killed while it starts, and ends when a service is away that it needs: both are no news.
      const hasStarted = process.isReady;
      if (hasStarted) this.startsMs.push(performance.now() - endedAt);
      if (hasStarted && !this.#isHalted) this.#standby = new HubProcess(this.#environment);
      const how = await process.ended;
      if (hasStarted) endedAt = performance.now();
      this.#lastLog = process.log.slice(-2000);
      if (hasStarted && !this.#isDoomed && !this.#isHalted)
        this.#onUnexpectedEnd({ hub: this.name, how, log: process.log });
      if (!hasStarted) await sleep(AGAIN_AFTER_MS);
    }
  }
}
