import type { Command } from "commander";
import type { ShownWait } from "../../../http/flow-wait-routes.ts";
import { openSession } from "../../session.ts";
import { table } from "../../terminal.ts";

export function waitsCommand(flow: Command): void {
  flow
    .command("waits [flow]")
    .description("what waits in the flows of the running hub, or in one of them: newest first")
    .option("--limit <count>", "how many at most")
    .option("--after <id>", "those before this one, as the last of the list before")
    .addHelpText("after", "\nExamples:\n  nave flow waits\n  nave flow waits order-to-cash --limit 20")
    .action(
      async (
        name: string | undefined,
        options: { limit?: string; after?: string },
        command: Command,
      ): Promise<void> => {
        const session = openSession(command);
        const query = { flow: name, limit: options.limit, after: options.after };
        const answer = await (await session.hub()).get<{ waits: ShownWait[] }>("/api/flows/waits", query);
        const rows = answer.waits.map((one) => [
          one.id,
          one.flow,
          one.node,
          one.key,
          one.since,
          one.due ?? "-",
          one.what,
        ]);
        session.answer(
          answer,
          rows.length === 0
            ? ["nothing waits"]
            : table(["id", "flow", "node", "key", "since", "due", "what"], rows),
        );
      },
    );
}
