import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readAdminToken } from "../access/admin-token.ts";
import type { Config } from "../config/types.ts";
import type { Job } from "../http/jobs.ts";
import type { Problem } from "../http/problem.ts";
import { CliError, EXIT } from "./exit-codes.ts";

const POLL_MS = 200;
const ANSWER_WITHIN_MS = 60_000;

/** Where a running hub says that it is reached; written by `nave start`. */
export const ADDRESS_FILE = "hub-address";

/** Speaks to the running hub: over HTTP, with the token of its data directory. */
export class HubClient {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.url = url.replace(/\/+$/, "");
    this.#token = token;
  }

  get<Answer>(path: string, query: Record<string, string | number | undefined> = {}): Promise<Answer> {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const search = new URLSearchParams(given).toString();
    return this.#ask<Answer>("GET", search === "" ? path : `${path}?${search}`);
  }

  /** @param withinMs  For work that takes longer than a minute; fetch itself waits for at most five. */
  post<Answer>(path: string, body: object = {}, withinMs = ANSWER_WITHIN_MS): Promise<Answer> {
    return this.#ask<Answer>("POST", path, body, withinMs);
  }

  put<Answer>(path: string, body: object): Promise<Answer> {
    return this.#ask<Answer>("PUT", path, body);
  }

  patch<Answer>(path: string, body: object): Promise<Answer> {
    return this.#ask<Answer>("PATCH", path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#ask("DELETE", path);
  }

  /** Starts a job and watches it to its end. @throws CliError with the job's problem when it fails. */
  async run<Result>(
    path: string,
    body: object,
    onProgress: (progress: Job["progress"]) => void,
  ): Promise<Result> {
    let job = await this.post<Job>(path, body);
    while (job.state === "running") {
      onProgress(job.progress);
      await sleep(POLL_MS);
      job = await this.get<Job>(`/api/jobs/${job.id}`);
    }
    onProgress(job.progress);
    if (job.state === "failed") throw refusal(job.problem);
    return job.result as Result;
  }

  async #ask<Answer>(
    method: string,
    path: string,
    body?: object,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<Answer> {
    const response = await this.#fetch(method, path, body, withinMs);
    const text = await response.text();
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as Answer;
    throw refusal(readProblem(text), response.status);
  }

  async #fetch(method: string, path: string, body: object | undefined, withinMs: number): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (this.#token !== undefined) headers["authorization"] = `Bearer ${this.#token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const signal = AbortSignal.timeout(withinMs);
    try {
      return await fetch(this.url + path, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new CliError(EXIT.noHub, `no hub answers at ${this.url}`, {
        hint: 'start it with "nave start", or name another with NAVE_URL',
      });
    }
  }
}

/** The hub this command line belongs to: NAVE_URL, else where the hub of the data directory says it is, else the configuration. */
export async function connectToHub(
  config: () => Promise<Config>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<HubClient> {
  const url = env["NAVE_URL"];
  if (url && env["NAVE_TOKEN"]) return new HubClient(url, env["NAVE_TOKEN"]);
  const { hub } = await config();
  const token = env["NAVE_TOKEN"] || (await readAdminToken(hub.dataDir));
  return new HubClient(url || (await readAddress(hub.dataDir)) || `http://${hub.host}:${hub.port}`, token);
}

export async function readAddress(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, ADDRESS_FILE), "utf8").catch(() => undefined);
  return text?.trim() || undefined;
}

function readProblem(text: string): Problem | undefined {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return undefined;
  }
}

function refusal(problem: Problem | undefined, status?: number): CliError {
  if (problem?.detail === undefined) {
    return new CliError(EXIT.failed, `what answers there is no hub (HTTP ${status})`, {
      hint: "check NAVE_URL or hub.port",
    });
  }
  const { detail: text, code, accepts, field } = problem;
  const hint =
    problem.status === 401 ? "run this as the user of the hub, in its folder, or set NAVE_TOKEN" : undefined;
  return new CliError(problem.status === 503 ? EXIT.noHub : EXIT.failed, text, {
    code,
    ...(accepts === undefined ? {} : { accepts }),
    ...(field === undefined ? {} : { field }),
    ...(hint === undefined ? {} : { hint }),
  });
}
