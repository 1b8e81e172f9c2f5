import type { Log } from "../adapter-kit/contract.ts";
import type { ConsumeOptions, Ticket } from "./channel.ts";

/**
 * Calls the handler and swallows what it throws: the ticket counts as handled either way, because what failed is a
 * row with a due time. The handler's own code reports failures; reaching this line means it could not.
 */
export async function handleTicket(
  ticket: Ticket,
  options: ConsumeOptions,
  queue: string,
  log: Log,
): Promise<void> {
  try {
    await options.handle(ticket);
  } catch (error) {
    log.error(
      { err: error, queue, ticket: ticket.id, correlationId: ticket.correlationId },
      "the handler of a ticket threw; its row is published again when due",
    );
  }
}
