import type { Command } from "commander";
import { deployCommand } from "./flow/deploy.ts";
import { diffCommand } from "./flow/diff.ts";
import { historyCommand } from "./flow/history.ts";
import { lintCommand } from "./flow/lint.ts";
import { promoteCommand } from "./flow/promote.ts";
import { rollbackCommand } from "./flow/rollback.ts";
import { testCommand } from "./flow/test.ts";

/** Each subcommand has a file of its own under `flow/`. */
export function flowCommands(program: Command): void {
  const flow = program.command("flow").description("the flows");
  const add = [
    lintCommand,
    testCommand,
    diffCommand,
    historyCommand,
    deployCommand,
    rollbackCommand,
    promoteCommand,
  ];
  for (const addTo of add) addTo(flow);
}
