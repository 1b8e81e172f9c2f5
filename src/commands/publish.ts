import { createHash } from "node:crypto";
import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import type { CommandTicket } from "../store/commands.ts";

/** Queue on which a system's commands wait to be sent. */
export const commandQueue = (system: string) => `command.${system}`;

/** Puts commands on their way, those of one business key in order; the sweeper repeats what the broker did not take. */
export async function publishCommands(hub: Hub, commands: readonly CommandTicket[]): Promise<void> {
  for (const [system, group] of Map.groupBy(commands, (command) => command.system)) {
    const tickets = group.map((command) => ({
      id: command.id,
      key: unreadable(command.businessKey),
      correlationId: command.correlationId,
      ...hub.traces?.carried(command),
    }));
    await hub.channels.publish(commandQueue(system), tickets).catch((thrown: unknown) => {
      hub.log.warn(
        { system, tickets: tickets.length, correlationIds: group.map((one) => one.correlationId) },
        `not published, the sweeper will: ${toNaveError(thrown).message}`,
      );
    });
  }
}

/** A flow may take a name or an address for a key, and no personal data lies in queues. */
function unreadable(businessKey: string): string {
  return createHash("sha256").update(businessKey).digest("base64url").slice(0, 22);
}
