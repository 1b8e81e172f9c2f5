import type { Command } from "commander";
import type { Form } from "../../flows/waits/approval-form.ts";
import type { ShownApproval } from "../../http/approval-routes.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

const SHOWN = 60;

type ListOptions = { all?: boolean; limit?: string; after?: string };
type DecideOptions = { value: string[]; comment?: string };

export function approvalCommands(program: Command): void {
  const approvals = program.command("approvals").description("questions of flows that people decide");
  approvals
    .command("list", { isDefault: true })
    .description("what waits for a decision, newest first")
    .option("--all", "also what has been decided, has expired or was withdrawn")
    .option("--limit <count>", "how many at most")
    .option("--after <id>", "those before this one, as the last of the list before")
    .addHelpText("after", "\nExample:\n  nave approvals list")
    .action(async (options: ListOptions, command: Command) => {
      const session = openSession(command);
      const query = { state: options.all ? "all" : undefined, limit: options.limit, after: options.after };
      const answer = await (await session.hub()).get<{ approvals: ShownApproval[] }>("/api/approvals", query);
      session.answer(answer, listLines(answer.approvals));
    });
  approvals
    .command("show <id>")
    .description("one in full: the question, who is asked, what is to be filled in, what was answered")
    .addHelpText("after", "\nExample:\n  nave approvals show 0198c0de-0000-7000-8000-000000000000")
    .action(async (id: string, _options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).get<ShownApproval>(pathOf(id));
      session.answer(answer, showLines(answer));
    });
  approvals
    .command("decide <id> <decision>")
    .description("answer: approved, or rejected")
    .option("--value <name=value>", "fill in a field of the form; once for each", gather, [])
    .option("--comment <text>", "why")
    .addHelpText(
      "after",
      "\nExample:\n  nave approvals decide 0198c0de-0000-7000-8000-000000000000 approved --value limit=500",
    )
    .action(async (id: string, decision: string, options: DecideOptions, command: Command) => {
      const session = openSession(command);
      const hub = await session.hub();
      const { form } = options.value.length > 0 ? await hub.get<ShownApproval>(pathOf(id)) : { form: null };
      const answer = await hub.post<ShownApproval>(`${pathOf(id)}/decision`, {
        decision,
        values: valuesOf(options.value, form),
        ...(options.comment === undefined ? {} : { comment: options.comment }),
      });
      const rest = answer.state === "open" ? "taken; others are asked still" : answer.state;
      session.answer(answer, [`approval ${answer.id}: ${rest}`]);
    });
}

const pathOf = (id: string) => `/api/approvals/${encodeURIComponent(id)}`;
const gather = (value: string, before: string[]) => [...before, value];

/** As the form has them: `limit=500` is a number where it asks for one. */
function valuesOf(given: readonly string[], form: Form | null): Record<string, unknown> {
  return Object.fromEntries(
    given.map((one) => {
      const [name = "", text] = one.split(/=(.*)/s);
      if (text === undefined) {
        throw new CliError(EXIT.usage, `"${one}" is no value of a field`, {
          accepts: "name=value, such as limit=500",
        });
      }
      return [name, typed(text, form?.properties[name]?.type)];
    }),
  );
}

function typed(text: string, type: string | undefined): unknown {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  const isNumber = (type === "number" || type === "integer") && text.trim() !== "";
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}

function listLines(approvals: readonly ShownApproval[]): string[] {
  if (approvals.length === 0) return ["no approvals"];
  const rows = approvals.map((one) => [
    one.id,
    one.since,
    one.due ?? "-",
    one.candidates.join(", "),
    one.state,
    short(one.question),
  ]);
  return table(["id", "since", "due", "asked", "state", "question"], rows);
}

function showLines(one: ShownApproval): string[] {
  const fields = Object.entries(one.form?.properties ?? {});
  return [
    one.question,
    "",
    `state      ${one.state}${one.escalated ? ", escalated" : ""}`,
    `asked      ${one.candidates.join(one.mode === "all" ? " and " : " or ")}`,
    `since      ${one.since}`,
    ...(one.due === null ? [] : [`due        ${one.due}`]),
    `flow       ${one.flow}, node ${one.node}, key ${one.key}`,
    ...(one.canonicalId === null ? [] : [`about      ${one.entity} ${one.canonicalId}`]),
    ...fields.map(([name, { type, title, enum: choices }]) => {
      const must = one.form?.required?.includes(name) ? ", required" : "";
      const accepts = choices === undefined ? type : choices.join(" | ");
      return `field      ${name}: ${accepts}${must}${title === undefined ? "" : ` (${title})`}`;
    }),
    ...one.decisions.map(({ by, at, decision, values, comment }) => {
      const filled = Object.keys(values).length > 0 ? ` ${JSON.stringify(values)}` : "";
      return `${decision.padEnd(10)} by ${by} at ${at}${filled}${comment === undefined ? "" : `: ${comment}`}`;
    }),
  ];
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
