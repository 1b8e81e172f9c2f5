import type { Ticket } from "../channels/channel.ts";
import type { Hub } from "../hub.ts";
import { type Command, claimExpired, claimNextOfKey, postponeCommand } from "../store/commands.ts";
import type { TraceColumns } from "../store/trace-origins.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { planCommand } from "./plan-command.ts";
import { commandQueue } from "./publish.ts";
import { attemptCommand, carryOut, takesCommands } from "./send-command.ts";

const NOT_NOW_MS = 1000;
const EXPIRED_AT_ONCE = 100;

let claims = 0;

function newClaim(hub: Hub): string {
  claims += 1;
  return `${hub.workerId}#c${claims}`;
}

/** Longer than an attempt can take. */
const claimMsOf = (system: ConnectedSystem) => system.manifest.limits.timeoutMs * 3 + 10_000;

/** Sends one system's commands, those of one business key one after the other. */
export class CommandWorker {
  readonly #hub: Hub;
  readonly #system: ConnectedSystem;
  #consumer: { stop(): Promise<void> } | undefined;

  constructor(hub: Hub, system: ConnectedSystem) {
    this.#hub = hub;
    this.#system = system;
  }

  async start(): Promise<void> {
    this.#consumer = await this.#hub.channels.consume(commandQueue(this.#system.name), {
      prefetch: this.#hub.config.hub.prefetch,
      handle: (ticket) => this.#handle(ticket),
    });
  }

  /** Stops taking tickets and waits for the commands under way. */
  async stop(): Promise<void> {
    await this.#consumer?.stop();
  }

  /** A ticket says that its command's key has something to do: whatever of it is due, in order. */
  async #handle({ id }: Ticket): Promise<void> {
    const { db } = this.#hub;
    const system = this.#system;
    for (;;) {
      if (!takesCommands(system)) return postponeCommand(db, id, Math.max(system.waitMs, NOT_NOW_MS));
      const claim = newClaim(this.#hub);
      const command = await claimNextOfKey(db, id, claim, claimMsOf(system));
      if (!command) return;
      await this.#attempt(command, claim);
      this.#hub.reached("acknowledged");
    }
  }

  #attempt(command: Command & TraceColumns, claim: string): Promise<void> {
    const { traces } = this.#hub;
    const attempt = () => attemptCommand(this.#hub, this.#system, command, claim);
    if (!traces) return attempt();
    const attributes = { "nave.system": command.system, "nave.operation": command.operation };
    return traces.about(command, `command ${command.system}`, { attributes }, attempt);
  }
}

/** Ends commands whose deadline has passed, also those of systems that cannot be asked, or are connected no more. */
export async function endExpiredCommands(hub: Hub): Promise<void> {
  const claim = newClaim(hub);
  const longest = Math.max(0, ...[...hub.systems.values()].map(claimMsOf));
  for (const command of await claimExpired(hub.db, claim, longest, EXPIRED_AT_ONCE)) {
    const system = hub.systems.get(command.system);
    const plan = planCommand(command, GONE, Date.now());
    if (system) await attemptCommand(hub, system, command, claim);
    else if (plan.do !== "send") await carryOut(hub, command, claim, plan);
  }
}

/** Of a system that is connected no more nothing is known. */
const GONE = { repeatable: false, settleMs: 0, maxAttempts: 1 };
