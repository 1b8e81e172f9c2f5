import type { ErrorDetail } from "../errors.ts";

/** What a command's end means; docs/cli.md lists them. */
export const EXIT = {
  done: 0,
  /** The hub refused or failed. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was done. */
  usage: 2,
  /** No hub answers. */
  noHub: 3,
  /** Done, and what was looked for has been found: differences, problems, breaking changes. */
  found: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a text for its user. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly detail: ErrorDetail & { code?: string; hint?: string };

  constructor(exitCode: ExitCode, text: string, detail: CliError["detail"] = {}) {
    super(text);
    this.name = "CliError";
    this.exitCode = exitCode;
    this.detail = detail;
  }
}
