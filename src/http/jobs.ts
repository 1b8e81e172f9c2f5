import { randomUUID } from "node:crypto";
import type { Log } from "../adapter-kit/contract.ts";
import { type Problem, RequestRefused, toProblem } from "./problem.ts";

const KEPT_FINISHED = 100;
const MOST_RUNNING = 20;

/** Work that takes longer than a request: started by one, watched by others. Lives in this process. */
export type Job = {
  id: string;
  /** What it does, such as `sync crm`. */
  title: string;
  startedBy: string;
  startedAt: string;
  state: "running" | "done" | "failed";
  /** How far it is: what counts depends on the work. */
  progress: { done: number; total?: number; text?: string };
  result?: unknown;
  problem?: Problem;
};

export type Report = (progress: Job["progress"]) => void;

export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Set<Promise<void>>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  start(title: string, startedBy: string, work: (report: Report) => Promise<unknown>): Job {
    if (this.#running.size >= MOST_RUNNING) {
      throw new RequestRefused(
        429,
        `${MOST_RUNNING} jobs are running`,
        { accepts: "another attempt when one has ended" },
        { "retry-after": "5" },
      );
    }
    const startedAt = new Date().toISOString();
    const job: Job = {
      id: randomUUID(),
      title,
      startedBy,
      startedAt,
      state: "running",
      progress: { done: 0 },
    };
    this.#jobs.set(job.id, job);
    this.#forgetOld();
    const run = work((progress) => {
      job.progress = progress;
    }).then(
      (result) => void Object.assign(job, { state: "done", result }),
      (thrown: unknown) =>
        void Object.assign(job, { state: "failed", problem: toProblem(thrown, this.#log) }),
    );
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
    return job;
  }

  find(id: string): Job {
    const job = this.#jobs.get(id);
    if (job) return job;
    throw new RequestRefused(404, `there is no job ${id}`, {
      accepts: "the id of a job that this process started; the last hundred are kept",
    });
  }

  list(): Job[] {
    return [...this.#jobs.values()].reverse();
  }

  /** Resolves when nothing runs any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  #forgetOld(): void {
    const finished = [...this.#jobs.values()].filter((job) => job.state !== "running");
    for (const job of finished.slice(0, Math.max(0, finished.length - KEPT_FINISHED)))
      this.#jobs.delete(job.id);
  }
}
