import type { Command } from "commander";
import type { DeadLetter } from "../../store/dead-letters.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { oneLine, table } from "../terminal.ts";

/** As JSON brings it. */
type Letter = Omit<DeadLetter, "createdAt"> & { createdAt: string };
type Filter = { system?: string; entity?: string; code?: string; owner?: string; text?: string };
type BulkOptions = Filter & { all?: boolean; perSecond?: string };

const SHORT_ID = 8;

export function deadLetterCommands(program: Command): void {
  const dead = program
    .command("dead")
    .description("work that needs a person: what is wrong, and trying it again or dropping it");
  withFilter(dead.command("list"))
    .description("what is parked, with reason, owner and where to correct it")
    .option("--limit <count>", "at most so many", "100")
    .addHelpText(
      "after",
      "\nExamples:\n  nave dead list\n  nave dead list --system erp --code NAVE_RECORD_REFUSED",
    )
    .action(async ({ limit, ...filter }: Filter & { limit: string }, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).get<{ total: number; deadLetters: Letter[] }>(
        "/api/dead-letters",
        { ...only(filter), limit },
      );
      session.answer(answer, listLines(answer.total, answer.deadLetters));
    });
  dead
    .command("show <id>")
    .description("one dead letter in full")
    .addHelpText("after", "\nExample:\n  nave dead show 3f9a12bc")
    .action(async (id: string, _options, command: Command) => {
      const session = openSession(command);
      const letter = await (await session.hub()).get<Letter>(`/api/dead-letters/${encodeURIComponent(id)}`);
      session.answer(letter, letterLines(letter));
    });
  addAction(dead, "retry", "try again: one by its id, or all that match");
  addAction(dead, "drop", "give up: one by its id, or all that match; the record stays as it is there");
}

function addAction(dead: Command, action: "retry" | "drop", description: string): void {
  withFilter(dead.command(`${action} [id]`))
    .description(description)
    .option("--all", "every dead letter")
    .option("--per-second <count>", "no faster than this")
    .addHelpText(
      "after",
      `\nExamples:\n  nave dead ${action} 3f9a12bc\n  nave dead ${action} --system erp --per-second 20`,
    )
    .action(async (id: string | undefined, options: BulkOptions, command: Command) => {
      const session = openSession(command);
      if (id !== undefined) {
        const letter = await (await session.hub()).post<Letter>(
          `/api/dead-letters/${encodeURIComponent(id)}/${action}`,
        );
        session.answer(letter, [`${letter.id} ${letter.state}`]);
        return;
      }
      const { perSecond, all, ...filter } = options;
      const named = only(filter);
      if (!all && Object.keys(named).length === 0) {
        throw new CliError(EXIT.usage, "nothing says which dead letters", {
          accepts: "an id, a filter such as --system, or --all",
        });
      }
      const body = {
        ...named,
        ...(all ? { all } : {}),
        ...(perSecond === undefined ? {} : { perSecond: Number(perSecond) }),
      };
      const result = await session.run<{ done: number; meanwhile: number }>(
        `${action} dead letters`,
        `/api/dead-letters/${action}`,
        body,
      );
      const meanwhile = result.meanwhile > 0 ? `; ${result.meanwhile} were settled meanwhile` : "";
      session.answer(result, [
        `${result.done} ${action === "retry" ? "tried again" : "dropped"}${meanwhile}`,
      ]);
    });
}

function withFilter(command: Command): Command {
  return command
    .option("--system <name>", "of this system only")
    .option("--entity <name>", "of this entity only")
    .option("--code <code>", "with this error code only")
    .option("--owner <name>", "of this owner only")
    .option("--text <part>", "whose reason holds this text");
}

function only(filter: Filter): Record<string, string> {
  const { system, entity, code, owner, text } = filter;
  const named = { system, entity, code, owner, text };
  return Object.fromEntries(
    Object.entries(named).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

function listLines(total: number, letters: readonly Letter[]): string[] {
  if (total === 0) return ["no dead letters"];
  const rows = letters.map((letter) => [
    letter.id.slice(0, SHORT_ID),
    letter.createdAt.slice(0, 19),
    letter.owner,
    letter.text,
  ]);
  const more =
    total > letters.length ? ["", `${total - letters.length} more; narrow the list or raise --limit`] : [];
  return [...table(["id", "since (UTC)", "owner", "reason"], rows), ...more];
}

function letterLines(letter: Letter): string[] {
  const { record, field, value, accepts, correctIn } = letter.detail as Record<string, unknown>;
  const named = { record, field, value, accepted: accepts, "correct it in": correctIn };
  const details = Object.entries(named).filter(([, one]) => one !== undefined);
  return [
    oneLine(letter.text),
    ...details.map(([name, one]) =>
      oneLine(`  ${name}: ${typeof one === "string" ? one : JSON.stringify(one)}`),
    ),
    `  code: ${letter.code}`,
    oneLine(`  owner: ${letter.owner}`),
    `  since: ${letter.createdAt}`,
    `  state: ${letter.state}`,
    `  id: ${letter.id}`,
  ];
}
