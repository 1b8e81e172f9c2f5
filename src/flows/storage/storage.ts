import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Role } from "../../access/accounts.ts";
import type { FlowUser } from "../../access/flow-permissions.ts";
import type { EpochOrigin } from "../../store/flow-versions.ts";
import type { NodeConfig } from "../node-red.ts";
import { print } from "./flow-files.ts";
import { replaceFile } from "./flow-folders.ts";

/** Who deploys, and what they say about it: what Node-RED hands on of its user. */
export type Deployer = {
  username?: string;
  role?: Role;
  comment?: string;
  /** Default: the editor. */
  origin?: EpochOrigin;
};

/** As whom flows.permissions knows them. */
export function userOf({ username = "", role }: Deployer = {}): FlowUser {
  return role === undefined ? { name: username } : { name: username, role };
}

/** What decides about flows when Node-RED loads or saves them. */
export type FlowKeeper = {
  load(): Promise<NodeConfig[]>;
  /** Throws to refuse the deploy; the text is shown in the editor. */
  save(nodes: NodeConfig[], by: Deployer): Promise<void>;
};

/** Node-RED's storage interface: flows go to their folders, everything private into the user folder. */
export function storageModule(userDir: string, keeper: FlowKeeper): Record<string, unknown> {
  const file = (name: string): string => join(userDir, name);
  return {
    init: async () => {
      await mkdir(userDir, { recursive: true });
    },
    getFlows: () => keeper.load(),
    saveFlows: (nodes: NodeConfig[], user: Deployer | undefined) => keeper.save(nodes, user ?? {}),
    getCredentials: () => readOr(file("flow-credentials.json"), {}),
    saveCredentials: (value: unknown) => replaceFile(file("flow-credentials.json"), print(value), 0o600),
    getSettings: () => readOr(file("editor-settings.json"), {}),
    saveSettings: (value: unknown) => replaceFile(file("editor-settings.json"), print(value), 0o600),
    getSessions: () => readOr(file("editor-sessions.json"), {}),
    saveSessions: (value: unknown) => replaceFile(file("editor-sessions.json"), print(value), 0o600),
    // The editor's library of snippets is switched off: flows are shared as folders.
    getLibraryEntry: async () => [],
    saveLibraryEntry: async () => {
      throw new Error("the library is switched off: flows are kept in their folders");
    },
  };
}

async function readOr(file: string, fallback: unknown): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return fallback;
    throw error;
  }
}
