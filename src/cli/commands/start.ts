import type { Command } from "commander";
import { parseRoles, ROLE_TEXTS, ROLES } from "../../roles.ts";
import { openSession } from "../session.ts";
import type { StartOptions } from "../start-and-stay.ts";

const ROLE_LINES = ROLES.map((role) => `  ${role.padEnd(5)} ${ROLE_TEXTS[role]}`).join("\n");

export function startCommand(program: Command): void {
  program
    .command("start")
    .description("start the hub, show how it gets on until all sides agree, and stay up")
    .option(
      "--sandbox",
      "also run the sandbox systems of the configuration, with generated data at the first start",
    )
    .option(
      "--restored",
      "the store was put back from an older copy: record a conflict wherever systems disagree about what happened since",
    )
    .option(
      "--role <role>",
      `what this process does, of ${ROLES.join(", ")}; may be repeated; default: everything`,
      (role: string, roles: string[] | undefined) => [...(roles ?? []), role],
    )
    .addHelpText(
      "after",
      `\nRoles, for a hub of several processes on one PostgreSQL and one RabbitMQ:\n${ROLE_LINES}`,
    )
    .addHelpText(
      "after",
      "\nExamples:\n  nave start --sandbox\n  nave start --role poll,work\n  NAVE_PORT=9000 NAVE_DATA=/var/lib/nave nave start --config /etc/nave.config.yaml",
    )
    .action(
      async (
        { role = [], ...options }: Omit<StartOptions, "roles"> & { role?: string[] },
        command: Command,
      ) => {
        const session = openSession(command);
        // Only here, for the sake of every other command: the hub and its editor take a second to load.
        const { startAndStay } = await import("../start-and-stay.ts");
        await startAndStay(session, { ...options, roles: parseRoles(role) });
      },
    );
}
