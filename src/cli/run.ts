import { CommanderError } from "commander";
import { NaveError } from "../errors.ts";
import { CliError, EXIT, type ExitCode } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";
import { oneLine } from "./terminal.ts";

/** Runs one command line to its end, whatever it throws. @param argv  As in `process.argv`: the words from the third on count. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  const program = buildProgram();
  try {
    await program.parseAsync(argv);
    return (process.exitCode as ExitCode | undefined) ?? EXIT.done;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    report(toCliError(thrown), argv.includes("--json"));
    return toCliError(thrown).exitCode;
  }
}

function toCliError(thrown: unknown): CliError {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof NaveError) {
    const exitCode = thrown.code === "NAVE_CONFIG_INVALID" ? EXIT.usage : EXIT.failed;
    return new CliError(exitCode, thrown.message, { ...thrown.detail, code: thrown.code });
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError(EXIT.failed, `unexpected: ${text}`, {
    hint: "NAVE_LOG=debug shows more; please report it",
  });
}

/** What went wrong, what is accepted, what to do: on standard error, never a stack. */
function report({ message, detail }: CliError, json: boolean): void {
  const { code, field, accepts, hint, correctIn } = detail;
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: { code, text: message, field, accepts, hint } })}\n`);
    return;
  }
  const lines = [`nave: ${oneLine(message)}`];
  if (accepts !== undefined) lines.push(`  accepted: ${oneLine(accepts)}`);
  if (correctIn !== undefined) lines.push(`  correct it in: ${oneLine(correctIn)}`);
  if (hint !== undefined) lines.push(`  ${oneLine(hint)}`);
  process.stderr.write(`${lines.join("\n")}\n`);
}
