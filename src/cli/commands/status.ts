import type { Command } from "commander";
import type { Status } from "../../telemetry/status.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

export function statusCommand(program: Command): void {
  program
    .command("status")
    .description("how things stand: records, pending and parked work per system and entity")
    .addHelpText("after", "\nExamples:\n  nave status\n  nave status --json")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const status = await (await session.hub()).get<Status>("/api/status");
      session.answer(status, statusLines(status));
    });
}

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

export function summaryLines({ inSync, comparedAt, deadLetters, inDoubt, conflicts }: Status): string[] {
  const compared = comparedAt === null ? "not compared yet" : `last compared ${comparedAt}`;
  const waiting = [
    deadLetters > 0 ? `${deadLetters} dead letters (nave dead list)` : "",
    inDoubt > 0 ? `${inDoubt} writes in doubt (nave dead list)` : "",
    conflicts > 0 ? `${conflicts} conflicts (nave conflicts list)` : "",
  ].filter((text) => text !== "");
  return [
    `${inSync ? "in sync" : "not in sync"}; ${compared}`,
    ...(waiting.length > 0 ? [`waiting for a person: ${waiting.join(", ")}`] : []),
  ];
}
