import type { JsonObject } from "../contract.ts";
import type { FarSide, SandboxServer } from "./far-side.ts";
import type { Face } from "./http-face.ts";
import type { Misbehaviour } from "./misbehaviour.ts";

export const CONTROL_PREFIX = "/sandbox-control/";

export type Controlled<Switches = Misbehaviour> = Omit<SandboxServer<Switches>, "url" | "settings" | "close">;

const METHODS: readonly (keyof Controlled)[] = [
  "seed",
  "all",
  "get",
  "edit",
  "insert",
  "remove",
  "ledger",
  "misbehave",
  "misbehaviour",
  "act",
];

/** Lets a test in another process control a simulator: POST /sandbox-control/<method> with the arguments as a JSON list. */
export function controlFace<Switches>(controlled: Controlled<Switches>): Face {
  return {
    isSession: () => false,
    isWrite: () => false,
    answer: async ({ path, body }) => {
      const name = METHODS.find((method) => path === CONTROL_PREFIX + method);
      if (!name) return { status: 404, body: `accepted: ${METHODS.join(", ")}` };
      const method = controlled[name] as (...args: unknown[]) => Promise<unknown>;
      try {
        const result = await method(...(JSON.parse(body || "[]") as unknown[]));
        return json(200, { result: result ?? null });
      } catch (error) {
        return json(400, { error: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}

/** The other end: a simulator running in another process, as if it were in this one. */
export function remoteSandbox(url: string): Controlled {
  const call = async (method: keyof Controlled, ...args: unknown[]): Promise<unknown> => {
    const response = await fetch(url + CONTROL_PREFIX + method, {
      method: "POST",
      body: JSON.stringify(args),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
  return {
    seed: async (entity, natives) => (await call("seed", entity, natives)) as string[],
    all: async (entity) => (await call("all", entity)) as JsonObject[],
    get: async (entity, id) => ((await call("get", entity, id)) as JsonObject | null) ?? undefined,
    edit: async (entity, id, changes) => void (await call("edit", entity, id, changes)),
    insert: async (entity, native) => (await call("insert", entity, native)) as string,
    remove: async (entity, id) => void (await call("remove", entity, id)),
    ledger: async () => (await call("ledger")) as Awaited<ReturnType<FarSide["ledger"]>>,
    misbehave: async (changes) => void (await call("misbehave", changes)),
    act: async (action, id) => (await call("act", action, id)) as string,
    misbehaviour: async () => (await call("misbehaviour")) as Misbehaviour,
  };
}

function json(status: number, value: object) {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
