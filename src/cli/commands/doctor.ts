import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Examination } from "../../http/examine.ts";
import { EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("a check-up of the running hub: store, channels, systems, flows, what stands still")
    .option(
      "--bundle [file]",
      "write all of it to a file for whoever helps you: no data, no names, no secrets",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  nave doctor\n  nave doctor --bundle for-support.json\n\nExits with 4 when there is something to look at.",
    )
    .action(async (options: { bundle?: string | true }, command: Command) => {
      const session = openSession(command);
      const examination = await (await session.hub()).get<Examination>("/api/doctor");
      const lines = examinationLines(examination);
      if (options.bundle !== undefined) {
        const name =
          options.bundle === true
            ? `nave-doctor-${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`
            : options.bundle;
        await writeFile(resolve(name), `${JSON.stringify(examination, null, 2)}\n`, { mode: 0o600 });
        lines.push("", `written to ${name}; it holds no data and no secrets, read it before you send it`);
      }
      session.answer(examination, lines);
      if (examination.findings.length > 0) process.exitCode = EXIT.found;
    });
}

function examinationLines(found: Examination): string[] {
  const systems = found.systems.map((one) => [
    one.name,
    one.adapter,
    one.answers ? "answers" : "does not answer",
    one.afterMs,
    one.clockSkewMs ?? "",
    one.version ?? one.text ?? "",
  ]);
  const flows = found.flows.map((flow) => [flow.name, flow.version, flow.state]);
  return [
    `Nave ${found.version} on Node.js ${found.node}, up ${found.uptimeSeconds} s, ${found.memoryMb} MB; ${found.freeDiskMb} MB of disk free`,
    `store ${found.store.engine} at ${found.store.migration}; channels ${found.channels.kind}`,
    "",
    ...table(["system", "adapter", "state", "ms", "clock ahead, ms", "version"], systems),
    "",
    ...table(["flow", "version", "state"], flows),
    "",
    ...(found.findings.length === 0
      ? ["nothing to look at"]
      : found.findings.map((finding) => `- ${finding}`)),
  ];
}
