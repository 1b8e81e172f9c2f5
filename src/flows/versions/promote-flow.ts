import { readFile } from "node:fs/promises";
import type { EnvironmentConfig } from "../../config/types.ts";
import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { versionOf } from "../storage/flow-files.ts";
import type { Flow } from "../storage/flow-folders.ts";
import type { ChangeOptions, Received } from "./change-flows.ts";

const ANSWER_WITHIN_MS = 50_000;

export type Promotion = ChangeOptions & {
  flow: Flow;
  nodes: readonly NodeConfig[];
  credentialsOf: (node: string) => string[];
  draft: boolean;
};

/** What the other hub has done. */
export type Promoted = Received & { environment: string };

/**
 * Sends a flow to the hub of another environment, which examines it as it does any deploy, and answers what it lacks.
 * Credentials stay here: only their names go along.
 *
 * @throws NAVE_CONFIG_INVALID for an environment that is not set up, and with what the other hub refuses;
 *   NAVE_SYSTEM_UNAVAILABLE when it does not answer.
 */
export async function promote(
  environments: Readonly<Record<string, EnvironmentConfig>>,
  to: string,
  promotion: Promotion,
): Promise<Promoted> {
  const environment = environments[to];
  if (environment === undefined) {
    throw new NaveError("NAVE_CONFIG_INVALID", `there is no environment "${to}"`, {
      field: "to",
      accepts: Object.keys(environments).join(", ") || "an environment of the configuration; none is set up",
    });
  }
  const { flow, nodes, by, credentialsOf, draft, dryRun = false, withShared = false } = promotion;
  const origin = `promoted, version ${versionOf(nodes)}${by.username === undefined ? "" : `, by ${by.username}`}`;
  const comment = promotion.comment === undefined ? origin : `${promotion.comment} (${origin})`;
  const named = nodes
    .map(({ id }) => [id, credentialsOf(id)] as const)
    .filter(([, names]) => names.length > 0);
  const credentials = Object.fromEntries(named);
  const body = { nodes, credentials, draft, dryRun, withShared, comment: comment.slice(0, 500) };
  const answer = await send(to, environment, `/api/flows/${encodeURIComponent(flow.name)}`, body);
  return { environment: to, ...(answer as Omit<Promoted, "environment">) };
}

async function send(
  name: string,
  environment: EnvironmentConfig,
  path: string,
  body: object,
): Promise<object> {
  const headers = {
    authorization: `Bearer ${await tokenOf(name, environment)}`,
    "content-type": "application/json",
  };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const init = { method: "PUT", headers, body: JSON.stringify(body), signal, redirect: "error" } as const;
  const response = await fetch(environment.url + path, init).catch((cause: unknown) => {
    throw new NaveError(
      "NAVE_SYSTEM_UNAVAILABLE",
      `no hub answers at ${environment.url} (${name})`,
      {},
      cause,
    );
  });
  const answer = parse(await response.text());
  if (response.ok && answer !== undefined) return answer;
  const { detail, accepts } = (answer ?? {}) as { detail?: string; accepts?: string };
  const why = typeof detail === "string" ? detail : `what answers there is no hub (HTTP ${response.status})`;
  throw new NaveError(
    "NAVE_CONFIG_INVALID",
    `${name}: ${why}`,
    typeof accepts === "string" ? { accepts } : {},
  );
}

async function tokenOf(name: string, { tokenEnv, tokenFile }: EnvironmentConfig): Promise<string> {
  const where = tokenEnv ?? tokenFile;
  const text =
    tokenEnv === undefined ? await readFile(tokenFile, "utf8").catch(() => "") : process.env[tokenEnv];
  const token = text?.trim();
  if (token) return token;
  throw new NaveError("NAVE_CONFIG_INVALID", `the token of environment ${name} is not in ${where}`, {
    accepts: "the content of <data>/admin-token of that hub",
  });
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
