import type { Command } from "commander";
import { openSession } from "../session.ts";

type Switched = { system: string; paused?: boolean; readOnly?: boolean };

const SWITCHES = {
  pause: "stop reading and writing a system; work for it waits",
  resume: "read and write a paused system again",
  "read-only": "go on reading a system, and write nothing there; what it shall hold waits",
  "read-write": "write to a read-only system again",
};

export function pauseCommands(program: Command): void {
  for (const [action, description] of Object.entries(SWITCHES)) {
    program
      .command(`${action} <system>`)
      .description(description)
      .addHelpText("after", `\nExample:\n  nave ${action} erp`)
      .action(async (system: string, _options, command: Command) => {
        const session = openSession(command);
        const hub = await session.hub();
        const answer = await hub.post<Switched>(`/api/systems/${encodeURIComponent(system)}/${action}`);
        session.answer(answer, [sentence(answer)]);
      });
  }
}

function sentence({ system, paused, readOnly }: Switched): string {
  if (readOnly !== undefined)
    return `${system} is ${readOnly ? "read, and not written" : "read and written"}`;
  return `${system} ${paused ? "is paused" : "runs"}`;
}
