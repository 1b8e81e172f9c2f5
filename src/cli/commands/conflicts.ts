import type { Command } from "commander";
import type { Conflict } from "../../store/conflicts.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

const SHOWN = 60;

export function conflictCommands(program: Command): void {
  const conflicts = program
    .command("conflicts")
    .description("fields that two systems changed at the same time");
  conflicts
    .command("list")
    .description("conflicts that wait for a decision")
    .option("--all", "also those that a rule or a person has decided")
    .addHelpText("after", "\nExample:\n  nave conflicts list")
    .action(async (options: { all?: boolean }, command: Command) => {
      const session = openSession(command);
      const query = options.all ? { decision: "all" } : {};
      const answer = await (await session.hub()).get<{ conflicts: Conflict[] }>("/api/conflicts", query);
      session.answer(answer, listLines(answer.conflicts));
    });
  conflicts
    .command("decide <id> <decision>")
    .description('decide one: "taken", what the system offers; "kept", what the hub has')
    .addHelpText("after", "\nExample:\n  nave conflicts decide 0198c0de-0000-7000-8000-000000000000 taken")
    .action(async (id: string, decision: string, _options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).post<{ id: string; decision: string }>(
        `/api/conflicts/${encodeURIComponent(id)}`,
        { decision },
      );
      session.answer(answer, [`conflict ${answer.id}: ${answer.decision}`]);
    });
}

function listLines(conflicts: readonly Conflict[]): string[] {
  if (conflicts.length === 0) return ["no conflicts"];
  const rows = conflicts.map((one) => [
    one.id,
    one.entity,
    one.path,
    one.system,
    show(one.offered),
    show(one.kept),
    one.decision,
  ]);
  return table(["id", "entity", "field", "system", "offers", "hub has", "decision"], rows);
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
