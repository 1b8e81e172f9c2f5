import { type Command, Option } from "commander";
import type { ReconcileReport } from "../../reconcile/reconcile.ts";
import type { Preference, RepairStep } from "../../reconcile/repair.ts";
import type { Finding } from "../../store/reconciliations.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession, type Session } from "../session.ts";
import { oneLine, table } from "../terminal.ts";

type Options = {
  repair?: boolean;
  dryRun?: boolean;
  prefer?: Preference;
  entity?: string;
  changed?: boolean;
};
type Repair = { id: string; dryRun: boolean; steps: RepairStep[]; repaired: number };

const SHOWN_FINDINGS = 50;
const REPAIR_WITHIN_MS = 290_000;

export function reconcileCommand(program: Command): void {
  program
    .command("reconcile [system]")
    .description(
      "compare what systems really hold with what they shall hold; changes nothing without --repair",
    )
    .option("--entity <name>", "this entity only")
    .option("--changed", "read only what systems list under another version than last seen, where they can")
    .option("--repair", "set right what differs")
    .addOption(
      new Option(
        "--prefer <side>",
        "with --repair: rules, what differs is an edit there and the rules decide (the default); hub, it is put back as the hub has it, as after a restore of the system",
      ).choices(["rules", "hub"]),
    )
    .option("--dry-run", "with --repair: say what would be done, do nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  nave reconcile\n  nave reconcile erp --repair --dry-run\n  nave reconcile erp --entity order --repair\n  nave reconcile erp --repair --prefer hub --dry-run\n\nExits with 4 when differences remain.",
    )
    .action(async (system: string | undefined, options: Options, command: Command) => {
      if (options.dryRun && !options.repair)
        throw new CliError(EXIT.usage, "--dry-run says what --repair would do", {
          accepts: "--repair --dry-run",
        });
      if (options.prefer !== undefined && !options.repair)
        throw new CliError(EXIT.usage, "--prefer says who is right in a --repair", {
          accepts: "--repair --prefer hub",
        });
      const session = openSession(command);
      const body = {
        ...(system === undefined ? {} : { system }),
        ...(options.entity === undefined ? {} : { entity: options.entity }),
        ...(options.changed ? { changed: true } : {}),
      };
      const reports = await session.run<ReconcileReport[]>("reconcile", "/api/reconciliations", body);
      const differing = reports.filter((report) => report.findings.length > 0);
      const repairs = options.repair ? await repair(session, differing, options) : [];
      session.answer({ reports, repairs }, [...reportLines(reports), ...repairs.flatMap(repairLines)]);
      const isLeft = repairs.some(({ steps, repaired }) => repaired < steps.length);
      if (isLeft || (differing.length > 0 && !options.repair)) process.exitCode = EXIT.found;
    });
}

async function repair(
  session: Session,
  reports: readonly ReconcileReport[],
  { dryRun = false, prefer = "rules" }: Options,
): Promise<Repair[]> {
  const hub = await session.hub();
  const repairs: Repair[] = [];
  for (const { id } of reports)
    repairs.push(
      await hub.post<Repair>(`/api/reconciliations/${id}/repair`, { dryRun, prefer }, REPAIR_WITHIN_MS),
    );
  return repairs;
}

function reportLines(reports: readonly ReconcileReport[]): string[] {
  const rows = reports.map(({ system, entity, totals }) => [
    system,
    entity,
    totals.compared,
    totals.missing,
    totals.extra,
    totals.different,
  ]);
  const findings = reports.flatMap((report) =>
    report.findings.map((finding) => findingLine(report, finding)),
  );
  const more =
    findings.length > SHOWN_FINDINGS
      ? [`... and ${findings.length - SHOWN_FINDINGS} more (--json shows all)`]
      : [];
  return [
    ...table(["system", "entity", "compared", "missing", "extra", "different"], rows),
    ...(findings.length > 0 ? ["", ...findings.slice(0, SHOWN_FINDINGS), ...more] : ["", "no differences"]),
  ];
}

function findingLine({ system, entity }: ReconcileReport, finding: Finding): string {
  const record =
    finding.localId === null ? `${entity} ${finding.canonicalId}` : `${entity} ${system}/${finding.localId}`;
  if (finding.kind !== "different") return `${record}: ${finding.kind}`;
  return oneLine(
    `${record} ${finding.path}: holds ${JSON.stringify(finding.systemValue)}, shall hold ${JSON.stringify(finding.hub)}`,
  );
}

function repairLines({ dryRun, steps, repaired }: Repair): string[] {
  if (!dryRun) {
    const left = steps.length - repaired;
    return [
      "",
      `${repaired} differences are being set right; nave status shows when that is done`,
      ...(left > 0 ? [`${left} are left as they are; --repair --dry-run says why`] : []),
    ];
  }
  return ["", ...steps.slice(0, SHOWN_FINDINGS).map((step) => oneLine(`would ${step.action}: ${step.text}`))];
}
