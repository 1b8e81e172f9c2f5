import { Command } from "commander";
import { programVersion } from "../telemetry/program-version.ts";
import { accountCommands } from "./commands/account.ts";
import { adapterCommands } from "./commands/adapter.ts";
import { alertCommands } from "./commands/alerts.ts";
import { approvalCommands } from "./commands/approvals.ts";
import { conflictCommands } from "./commands/conflicts.ts";
import { deadLetterCommands } from "./commands/dead.ts";
import { deleteCommands } from "./commands/deletes.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { flowCommands } from "./commands/flow.ts";
import { matchCommands } from "./commands/match.ts";
import { notificationCommands } from "./commands/notifications.ts";
import { onboardCommand } from "./commands/onboard.ts";
import { pauseCommands } from "./commands/pause.ts";
import { reconcileCommand } from "./commands/reconcile.ts";
import { schemaCommands } from "./commands/schema.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { storeCommands } from "./commands/store.ts";
import { syncCommand } from "./commands/sync.ts";
import { traceCommand } from "./commands/trace.ts";

const EPILOGUE = `
Exit codes: 0 done, 1 refused or failed, 2 wrong command line or configuration, 3 no hub answers, 4 done and something found.
Environment: NAVE_HOST, NAVE_PORT, NAVE_DATA, NAVE_CONFIG, NAVE_URL, NAVE_TOKEN, NAVE_LOG, DATABASE_URL, AMQP_URL; see docs/cli.md.`;

/** The command line; every command answers JSON with --json. */
export function buildProgram(): Command {
  const program = new Command("nave")
    .description("Keeps customers, orders and what belongs to them consistent between business systems.")
    .version(programVersion())
    .option("--json", "answer in JSON, and in nothing else, on standard output")
    .option("--config <file>", "configuration; default ./nave.config.yaml")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("Run the command with --help for its options and examples.")
    .addHelpText("after", EPILOGUE);
  const add = [
    startCommand,
    statusCommand,
    syncCommand,
    traceCommand,
    deadLetterCommands,
    conflictCommands,
    matchCommands,
    deleteCommands,
    notificationCommands,
    alertCommands,
    approvalCommands,
    reconcileCommand,
    onboardCommand,
    pauseCommands,
    storeCommands,
    accountCommands,
    schemaCommands,
    flowCommands,
    adapterCommands,
    doctorCommand,
  ];
  for (const addTo of add) addTo(program);
  return program;
}
