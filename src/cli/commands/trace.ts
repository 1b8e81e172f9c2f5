import type { Command } from "commander";
import type { Story, TracedHop, TracedRecord } from "../../telemetry/trace.ts";
import { openSession } from "../session.ts";
import { oneLine } from "../terminal.ts";

const LONGEST_VALUE = 80;

export function traceCommand(program: Command): void {
  program
    .command("trace <key>")
    .description("the whole story of a record, by any business key: order number, customer, e-mail, local id")
    .addHelpText(
      "after",
      '\nExamples:\n  nave trace SO-100231\n  nave trace "Blauer See Delikatessen"\n  nave trace info@example.com --json',
    )
    .action(async (key: string, _options, command: Command) => {
      const session = openSession(command);
      const hub = await session.hub();
      const story = await hub.get<Story>("/api/trace", { key });
      session.answer(story, storyLines(story, hub.url));
    });
}

export function storyLines(story: Story, hubUrl: string): string[] {
  const hops = story.hops.flatMap((hop) => hopLines(hop, hubUrl));
  return [...story.records.flatMap(recordLines), "", ...hops];
}

function recordLines(record: TracedRecord): string[] {
  const held = record.systems.map(({ system, localId }) => `${system}/${localId}`).join(", ");
  const state = record.archived ? ", archived" : "";
  return [
    oneLine(`${record.entity} ${record.title}  (${record.canonicalId}, version ${record.version}${state})`),
    oneLine(`  held by ${held === "" ? "no system yet" : held}`),
    ...record.wishes.map((wish) =>
      oneLine(`  ${wish.system}: ${wish.state}${wish.text === "" ? "" : `, ${wish.text}`}`),
    ),
  ];
}

function hopLines(hop: TracedHop, hubUrl: string): string[] {
  const canvas = hop.canvas === undefined ? [] : [`      on the canvas: ${hubUrl}${hop.canvas}`];
  const changes = (hop.difference ?? []).map(({ path, before, after }) =>
    oneLine(`      ${path}: ${show(before)} -> ${show(after)}`),
  );
  return [oneLine(`${hop.at}  ${hop.step.padEnd(10)}  ${hop.text}`), ...changes, ...canvas];
}

function show(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
