import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { Config } from "../config/types.ts";
import type { Job } from "../http/jobs.ts";
import { connectToHub, type HubClient } from "./client.ts";
import { progressBar } from "./terminal.ts";

const CONFIG_NAME = "nave.config.yaml";
/** Folder of the program, whose configuration is used where the working folder has none. */
export const PROGRAM_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

export type GlobalOptions = { json?: boolean; config?: string };

/** What every command has: the configuration, the hub, and a way to answer. */
export type Session = {
  json: boolean;
  configFile: string;
  config(): Promise<Config>;
  hub(): Promise<HubClient>;
  /** The command's answer: JSON as it is, or lines for people. */
  answer(value: unknown, lines: readonly string[]): void;
  /** Runs a job of the hub with a progress bar. */
  run<Result>(title: string, path: string, body: object): Promise<Result>;
};

export function openSession(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const json = options.json ?? false;
  const configFile = findConfig(options.config);
  let loaded: Promise<Config> | undefined;
  const config = () => (loaded ??= readConfig(configFile));
  const hub = () => connectToHub(config);
  return {
    json,
    configFile,
    config,
    hub,
    answer(value, lines) {
      process.stdout.write(
        json ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${line}\n`).join(""),
      );
    },
    async run<Result>(title: string, path: string, body: object): Promise<Result> {
      const bar = progressBar(title);
      try {
        return await (await hub()).run<Result>(path, body, (progress: Job["progress"]) => bar.show(progress));
      } finally {
        bar.end();
      }
    },
  };
}

/** Loaded here only: checking a configuration takes longer than all the rest of a short command. */
async function readConfig(file: string): Promise<Config> {
  const { loadConfig } = await import("../config/load-config.ts");
  return loadConfig(file);
}

function findConfig(given: string | undefined): string {
  const named = given ?? process.env["NAVE_CONFIG"];
  if (named) return resolve(named);
  const here = resolve(CONFIG_NAME);
  return existsSync(here) ? here : resolve(PROGRAM_FOLDER, CONFIG_NAME);
}
