import type { Command } from "commander";
import type { FlowState } from "../../../flows/live-flows.ts";
import type { FlowDifference } from "../../../flows/versions/compare-flows.ts";
import { describeDifference, summariseDifference } from "../../../flows/versions/describe-difference.ts";
import { CliError, EXIT } from "../../exit-codes.ts";
import { openSession } from "../../session.ts";
import { table } from "../../terminal.ts";

/** As JSON brings them. */
type Deploy = { epoch: number; at: string; author: string | null; comment: string | null; origin: string };
type Row = Deploy & { version: string | null; state: string | null; difference: FlowDifference | null };
type History = { flow: string; history: Row[]; next: number | null };
type Flows = {
  epoch: number;
  flows: (FlowState & { changed: (Omit<Deploy, "epoch"> & { number: number }) | null })[];
};

export function historyCommand(flow: Command): void {
  flow
    .command("history [flow] [version]")
    .description("who deployed what and when: of all flows the last change, of one all, of a version in full")
    .option("--limit <count>", "at most so many", "20")
    .option("--before <epoch>", "earlier ones only")
    .addHelpText(
      "after",
      "\nExamples:\n  nave flow history\n  nave flow history order-sync\n  nave flow history order-sync 3f9a12bc",
    )
    .action(
      async (
        name: string | undefined,
        version: string | undefined,
        options: { limit: string; before?: string },
        command: Command,
      ) => {
        const session = openSession(command);
        const hub = await session.hub();
        if (name === undefined) {
          const answer = await hub.get<Flows>("/api/flows");
          session.answer(answer, flowLines(answer));
          return;
        }
        const path = `/api/flows/${encodeURIComponent(name)}/history`;
        const query = version === undefined ? options : { ...options, limit: "200" };
        const answer = await hub.get<History>(path, query);
        if (version === undefined) session.answer(answer, historyLines(answer));
        else {
          const history = ofVersion(answer, version);
          const lines = history.flatMap((row) => rowInFull(name, row, versionBefore(answer, row)));
          session.answer({ ...answer, history }, lines);
        }
      },
    );
  flow
    .command("comment <flow> <epoch> <comment>")
    .description("say afterwards what a deploy was for")
    .addHelpText("after", '\nExample:\n  nave flow comment order-sync 17 "credit check before the ERP"')
    .action(async (name: string, epoch: string, comment: string, _options, command: Command) => {
      const session = openSession(command);
      const path = `/api/flows/${encodeURIComponent(name)}/history/${encodeURIComponent(epoch)}`;
      const answer = await (await session.hub()).patch<object>(path, { comment });
      session.answer(answer, [`${name}, epoch ${epoch}: ${comment}`]);
    });
}

function flowLines({ flows }: Flows): string[] {
  if (flows.length === 0) return ["no flows"];
  const rows = flows.map(({ name, state, version, changed }) => [
    name,
    state,
    version,
    changed?.at.slice(0, 19) ?? "",
    changed?.author ?? changed?.origin ?? "",
    changed?.comment ?? "",
  ]);
  return table(["flow", "state", "version", "changed (UTC)", "by", "comment"], rows);
}

function historyLines({ history, next }: History): string[] {
  const rows = history.map((row) => [
    row.epoch,
    row.at.slice(0, 19),
    row.author ?? "",
    row.origin,
    row.version ?? "",
    row.difference === null ? "removed" : summariseDifference(row.difference),
    row.comment ?? "",
  ]);
  const more = next === null ? [] : ["", `earlier ones: --before ${next}`];
  return [
    ...table(["epoch", "at (UTC)", "author", "by", "version", "what changed", "comment"], rows),
    ...more,
  ];
}

function ofVersion({ flow, history }: History, version: string): Row[] {
  const rows = history.filter((row) => row.version?.startsWith(version));
  if (rows.length > 0) return rows;
  throw new CliError(EXIT.failed, `flow ${flow} has no version ${version}`, {
    accepts: [...new Set(history.flatMap((row) => row.version ?? []))].join(", "),
  });
}

function versionBefore({ history }: History, row: Row): string | undefined {
  return history[history.indexOf(row) + 1]?.version ?? undefined;
}

function rowInFull(flow: string, { version, difference, ...row }: Row, before: string | undefined): string[] {
  const head = `epoch ${row.epoch}, ${row.at.slice(0, 19)} UTC, ${row.origin}, ${row.author ?? "nobody"}`;
  const versions = { before, after: version ?? undefined };
  const lines =
    difference === null
      ? []
      : describeDifference({ flow, against: "the epoch before", versions, ...difference });
  return [row.comment === null ? head : `${head}: ${row.comment}`, ...lines, ""];
}
