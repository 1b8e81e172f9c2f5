import type { Command } from "commander";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

type Scanned = { entity: string; read: number; accepted: number; parked: number };

export function syncCommand(program: Command): void {
  program
    .command("sync <system> [entity]")
    .description("read a system now, without waiting for its next poll")
    .option("--full", "read everything, not only what changed; what is gone there counts as deleted")
    .addHelpText("after", "\nExamples:\n  nave sync erp\n  nave sync crm customer --full")
    .action(
      async (system: string, entity: string | undefined, options: { full?: boolean }, command: Command) => {
        const session = openSession(command);
        const body = { full: options.full ?? false, ...(entity === undefined ? {} : { entity }) };
        const scanned = await session.run<Scanned[]>(
          `sync ${system}`,
          `/api/systems/${encodeURIComponent(system)}/sync`,
          body,
        );
        const rows = scanned.map((one) => [one.entity, one.read, one.accepted, one.parked]);
        session.answer(scanned, table(["entity", "read", "new or changed", "parked"], rows));
      },
    );
}
