import type { Command } from "commander";
import type { DeleteHold } from "../../store/delete-holds.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

export function deleteCommands(program: Command): void {
  const deletes = program
    .command("deletes")
    .description("records that vanished in such numbers that the hub asks first");
  deletes
    .command("list", { isDefault: true })
    .description("mass deletes that wait for a decision")
    .addHelpText("after", "\nExample:\n  nave deletes list")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).get<{ deleteHolds: DeleteHold[] }>("/api/delete-holds");
      const rows = answer.deleteHolds.map((hold) => [
        hold.id,
        hold.system,
        hold.entity,
        hold.localIds.length,
        hold.known,
      ]);
      session.answer(
        answer,
        rows.length === 0 ? ["no mass deletes"] : table(["id", "system", "entity", "gone", "of"], rows),
      );
    });
  for (const [name, decision, description] of [
    ["confirm", "confirmed", "they are really gone: archive or delete them elsewhere by the rules"],
    ["dismiss", "dismissed", "the source was wrong: nothing is deleted"],
  ] as const) {
    deletes
      .command(`${name} <id>`)
      .description(description)
      .addHelpText("after", `\nExample:\n  nave deletes ${name} 0198c0de-0000-7000-8000-000000000000`)
      .action(async (id: string, _options, command: Command) => {
        const session = openSession(command);
        const answer = await (await session.hub()).post<{ id: string }>(
          `/api/delete-holds/${encodeURIComponent(id)}`,
          { decision },
        );
        session.answer(answer, [`mass delete ${answer.id}: ${decision}`]);
      });
  }
}
