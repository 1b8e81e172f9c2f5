import { fileURLToPath } from "node:url";
import type { ArrivalReport } from "../simulator/arrivals.ts";
import type { TableStats } from "../simulator/bench-systems.ts";
import type { LatencyReport } from "../simulator/latencies.ts";
import type { PushOptions } from "../simulator/pusher.ts";
import { Child } from "./child.ts";

const PROGRAM = fileURLToPath(new URL("../simulator/main.ts", import.meta.url));

/** The process that plays the systems, and what it can be told. */
export class Systems {
  readonly url: string;
  readonly #child: Child;

  private constructor(child: Child, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(): Promise<Systems> {
    const child = new Child(["--max-old-space-size=12288", PROGRAM]);
    return new Systems(child, await child.line());
  }

  /** Commits records in the source. @returns when, by the clock of `stats`. */
  async seed(entity: string, from: number, count: number): Promise<number> {
    return (await this.#order<{ at: number }>("seed", { entity, from, count })).at;
  }

  /** What a table holds now; one nobody has touched yet holds nothing. */
  async stats(system: string, entity: string): Promise<TableStats> {
    const { tables } = await this.#order<{ tables: Record<string, TableStats> }>("stats", {});
    return tables[`${system}/${entity}`] ?? { size: 0, commits: 0, writes: 0, caughtUp: 0, lastCommitMs: 0 };
  }

  push(options: PushOptions): Promise<{ committed: number; refused: number }> {
    return this.#order("push", options);
  }

  async measureLatencies(): Promise<void> {
    await this.#order("measure", {});
  }

  latencies(): Promise<LatencyReport> {
    return this.#order("latencies", {});
  }

  /** Compares a target with the source, record by record. */
  arrivals(system: string, entity: string): Promise<ArrivalReport> {
    return this.#order("arrivals", { system, entity });
  }

  /** Puts customers into source and target as if they had been taken there; each like that of its kind from `like` on. */
  async fill(system: string, like: number, from: number, count: number): Promise<void> {
    await this.#order("fill", { system, like, from, count });
  }

  async drift(system: string, entity: string, count: number): Promise<void> {
    await this.#order("drift", { system, entity, count });
  }

  end(): Promise<void> {
    return this.#child.end();
  }

  async #order<Answer>(order: string, body: object): Promise<Answer> {
    const response = await fetch(`${this.url}/_/${order}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the bench systems refuse ${order}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }
}
