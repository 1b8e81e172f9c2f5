import type { Command } from "commander";
import type { Notification } from "../../store/notifications.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

type Shown = Omit<Notification, "createdAt"> & { createdAt: string };

export function notificationCommands(program: Command): void {
  const notifications = program.command("notifications").description("what flows have told people");
  notifications
    .command("list", { isDefault: true })
    .description("those on the page that nobody has acknowledged, or those of another state")
    .option("--state <state>", "open, acknowledged, queued, sent, failed, dropped or all", "open")
    .addHelpText("after", "\nExample:\n  nave notifications list --state all")
    .action(async (options: { state: string }, command: Command) => {
      const session = openSession(command);
      const path = `/api/notifications?state=${encodeURIComponent(options.state)}`;
      const answer = await (await session.hub()).get<{ notifications: Shown[] }>(path);
      const rows = answer.notifications.map((one) => [
        one.id,
        one.createdAt,
        one.way,
        one.recipient,
        one.state,
        one.subject,
      ]);
      session.answer(
        answer,
        rows.length === 0
          ? ["no notifications"]
          : table(["id", "at", "way", "for", "state", "subject"], rows),
      );
    });
  notifications
    .command("acknowledge <id>")
    .description("it has been seen: take it off the page")
    .addHelpText("after", "\nExample:\n  nave notifications acknowledge 0198c0de-0000-7000-8000-000000000000")
    .action(async (id: string, _options, command: Command) => {
      const session = openSession(command);
      const path = `/api/notifications/${encodeURIComponent(id)}/acknowledge`;
      const answer = await (await session.hub()).post<Shown>(path, {});
      session.answer(answer, [`notification ${answer.id}: acknowledged`]);
    });
}
