import type { Command } from "commander";
import { ROLES, type Role } from "../../roles.ts";
import type { Star, StarSystem, Status } from "../../telemetry/status.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

export function statusCommand(program: Command): void {
  program
    .command("status")
    .description("how things stand: records, pending and parked work per system and entity")
    .addHelpText("after", "\nExamples:\n  nave status\n  nave status --json")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const hub = await session.hub();
      const status = await hub.get<Status>("/api/status");
      const star = session.json ? undefined : await hub.get<Star>("/api/star");
      session.answer(status, [
        ...statusLines(status),
        ...(star ? stateLines(star) : []),
        "",
        ...processLines(status),
      ]);
    });
}

const STATES: Record<Exclude<StarSystem["state"], "ok">, string> = {
  down: "does not answer",
  paused: "is paused: neither read nor written (nave resume)",
  recovery: "is in recovery: it is another database than before",
  shadow: "is in shadow mode: neither read nor written (nave onboard)",
  "read-only": "is read-only: read, and not written (nave read-write)",
};

/** Systems that do not simply run. */
function stateLines({ systems }: Star): string[] {
  return systems.flatMap(({ name, state }) => (state === "ok" ? [] : [`${name} ${STATES[state]}`]));
}

/** Who does what, and what nobody does. */
export function processLines({ processes }: Pick<Status, "processes">): string[] {
  const rows = processes.map(({ roles, host = "", since, leases, tickets, cpuMs }) => [
    roles.join(","),
    host,
    since,
    tickets,
    (cpuMs / 1000).toFixed(1),
    leases.join(" "),
  ]);
  const missing = ROLES.filter((role) => processes.every(({ roles }) => !roles.includes(role)));
  return [
    ...table(["process", "host", "since", "tickets", "cpu s", "leases"], rows),
    ...missing.map((role) => `no process has the role ${role}: nothing ${UNDONE[role]}`),
  ];
}

const UNDONE: Record<Role, string> = {
  poll: "is read from the systems (nave start --role poll)",
  work: "is merged and delivered (nave start --role work)",
  api: "is served over HTTP (nave start --role api)",
};

export function statusLines(status: Status): string[] {
  const rows = Object.entries(status.systems).flatMap(([system, entities]) =>
    Object.entries(entities).map(([entity, { records, pending, parked }]) => [
      system,
      entity,
      records,
      pending,
      parked,
    ]),
  );
  return [...table(["system", "entity", "records", "pending", "parked"], rows), "", ...summaryLines(status)];
}

export function summaryLines(status: Status): string[] {
  const { inSync, comparedAt, deadLetters, inDoubt, conflicts, approvals } = status;
  const compared = comparedAt === null ? "not compared yet" : `last compared ${comparedAt}`;
  const waiting = [
    deadLetters > 0 ? `${deadLetters} dead letters (nave dead list)` : "",
    inDoubt > 0 ? `${inDoubt} writes in doubt (nave dead list)` : "",
    conflicts > 0 ? `${conflicts} conflicts (nave conflicts list)` : "",
    approvals > 0 ? `${approvals} approvals (nave approvals list)` : "",
  ].filter((text) => text !== "");
  return [
    `${inSync ? "in sync" : "not in sync"}; ${compared}`,
    ...(waiting.length > 0 ? [`waiting for a person: ${waiting.join(", ")}`] : []),
  ];
}
