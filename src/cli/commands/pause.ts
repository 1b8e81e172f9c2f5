import type { Command } from "commander";
import { openSession } from "../session.ts";

export function pauseCommands(program: Command): void {
  for (const action of ["pause", "resume"] as const) {
    program
      .command(`${action} <system>`)
      .description(
        action === "pause"
          ? "stop reading and writing a system; work for it waits"
          : "read and write a paused system again",
      )
      .addHelpText("after", `\nExample:\n  nave ${action} erp`)
      .action(async (system: string, _options, command: Command) => {
        const session = openSession(command);
        const hub = await session.hub();
        const answer = await hub.post<{ system: string; paused: boolean }>(
          `/api/systems/${encodeURIComponent(system)}/${action}`,
        );
        session.answer(answer, [`${answer.system} ${answer.paused ? "is paused" : "runs"}`]);
      });
  }
}
