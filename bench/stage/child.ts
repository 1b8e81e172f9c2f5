import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";

const running = new Set<Child>();

/** Ends every process of the measurement, so that whatever waits for one fails and is taken down. */
export async function endChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.end()));
}

/** A program of the measurement in a process of its own. */
export class Child {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #output = "";
  #errors = "";
  #ended: string | undefined;
  readonly #hasEnded: Promise<void>;
  #heard: () => void = () => {};

  /** @param args  Of Node.js: options, the program, its arguments. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    running.add(this);
    this.#child.stdout.on("data", (bytes: Buffer) => {
      this.#output += String(bytes);
      this.#heard();
    });
    this.#child.stderr.on("data", (bytes: Buffer) => (this.#errors = (this.#errors + bytes).slice(-8000)));
    this.#hasEnded = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => {
        running.delete(this);
        this.#ended = signal ?? `code ${code}`;
        this.#heard();
        resolve();
      });
    });
  }

  /** The next line of its output; fails with the end of its log when it ends before. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#output.indexOf("\n");
      if (end >= 0) {
        const line = this.#output.slice(0, end);
        this.#output = this.#output.slice(end + 1);
        return line;
      }
      if (this.#ended !== undefined)
        throw new Error(`a process of the measurement ended (${this.#ended}): ${this.#errors}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** What it has written on standard output and nobody has read by lines. */
  get unread(): string {
    return this.#output;
  }

  get log(): string {
    return this.#errors;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resident memory, and its highest so far, in MB; where the system does not tell, undefined. */
  memory(): { rssMb: number; peakMb: number } | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
      const mb = (name: string) => Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))?.[1]) / 1024;
      return { rssMb: mb("VmRSS"), peakMb: mb("VmHWM") };
    } catch {
      return undefined;
    }
  }

  /** Seconds of processor time used so far, where the system tells. */
  cpuSeconds(): number | undefined {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return undefined;
    }
  }

  async end(): Promise<void> {
    if (this.#ended === undefined) this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    await this.#hasEnded;
    clearTimeout(timer);
  }
}
