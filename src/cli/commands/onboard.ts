import type { Command } from "commander";
import type { OnboardingPreview } from "../../reconcile/onboard.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { oneLine, table } from "../terminal.ts";

const SHOWN_FIELDS = 15;

type Options = { goLive?: boolean; goDark?: boolean };

export function onboardCommand(program: Command): void {
  program
    .command("onboard <system>")
    .description(
      "first contact with a full system: show what would be matched, linked and changed; write nothing",
    )
    .option("--go-live", "switch it on: everything is read, and written to from then on")
    .option("--go-dark", "back to shadow mode: compute and show, write nothing there")
    .addHelpText("after", "\nExamples:\n  nave onboard erp\n  nave onboard erp --go-live")
    .action(async (system: string, options: Options, command: Command) => {
      const session = openSession(command);
      const path = `/api/systems/${encodeURIComponent(system)}`;
      if (options.goLive && options.goDark) {
        throw new CliError(EXIT.usage, "--go-live and --go-dark exclude each other", {
          accepts: "one of them",
        });
      }
      if (options.goLive || options.goDark) {
        const answer = await (await session.hub()).post<{ live: boolean }>(
          `${path}/${options.goLive ? "go-live" : "go-dark"}`,
        );
        session.answer(answer, [
          answer.live ? `${system} is live` : `${system} is in shadow mode: nothing is written there`,
        ]);
        return;
      }
      const previews = await session.run<OnboardingPreview[]>(`onboard ${system}`, `${path}/onboarding`, {});
      session.answer(previews, previewLines(previews));
    });
}

function previewLines(previews: readonly OnboardingPreview[]): string[] {
  const heads = ["entity", "read", "linked", "matched", "undecided", "unknown", "invalid", "hub only"];
  const rows = previews.map((one) => [
    one.entity,
    one.read,
    one.linked,
    one.matched,
    one.undecided,
    one.unknown,
    one.invalid,
    one.hubOnly,
  ]);
  return [
    ...table(heads, rows),
    ...previews.flatMap(fieldLines),
    "",
    "Nothing was written. Switch it on with --go-live.",
  ];
}

function fieldLines({ entity, differing }: OnboardingPreview): string[] {
  if (differing.length === 0) return [];
  const rows = differing
    .slice(0, SHOWN_FIELDS)
    .map(({ field, records, rule }) => [oneLine(field), records, rule]);
  return [
    "",
    `Fields in which matched ${entity} records differ:`,
    ...table(["field", "records", "rule"], rows),
  ];
}
