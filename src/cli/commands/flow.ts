import type { Command } from "commander";
import { diffCommand } from "./flow/diff.ts";
import { lintCommand } from "./flow/lint.ts";
import { testCommand } from "./flow/test.ts";
import { waitsCommand } from "./flow/waits.ts";

/** Each subcommand has a file of its own under `flow/`. */
export function flowCommands(program: Command): void {
  const flow = program.command("flow").description("the flows");
  for (const addTo of [lintCommand, testCommand, diffCommand, waitsCommand]) addTo(flow);
}
