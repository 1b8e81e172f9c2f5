import { parseArgs } from "node:util";
import { STEPS, type StepName } from "./steps.ts";

export const HELP = `npm run mutants -- [options]

Makes small faulty changes ("mutants") in src/receive, src/merge, src/deliver and src/channels, one at a time in a copy
of the working tree, and runs tests until one fails: it has killed the mutant. What survives is a change that no
test notices. Exits with 0 when none survived.

  --seed N          which mutants are drawn; default 1
  --count N         how many, spread over the four folders and the kinds of change; default 20; "all" takes every one
  --only FILE:LINE  of those drawn, only the ones that begin on this line; also when there is a result of them
  --until STEP      the last step to run: ${STEPS.join(", ")}; default all of them
  --minutes M       how long the star is harmed in each mode in the last step; default 0.5
  --json FILE       keeps the results there, and goes on from them when it is started again
  --list            shows what is drawn, and tries nothing
  --help            shows this

The steps: folder, the tests in the folder of the same name; nearest, the few with the fewest imports between
themselves and the changed file; the rest of core; flows; chaos; star, a short npm run chaos. Before a test file is
first used, it has to pass without any mutant. A failure counts when the same test file passes without the mutant and fails again with it.
A mutant that does not compile is no mutant: another is drawn in its place.`;

export type Settings = {
  help: boolean;
  seed: number;
  count: number | "all";
  only?: { file: string; line: number };
  until: StepName;
  minutes: number;
  json?: string;
  list: boolean;
};

/** Thrown for what the user has to change; says what would be accepted. */
export class MutantsRefused extends Error {}

export function readSettings(args: readonly string[]): Settings {
  const { values } = read(args);
  return {
    help: values.help,
    seed: wholeNumber("--seed", values.seed),
    count: values.count === "all" ? "all" : wholeNumber("--count", values.count),
    until: stepOf(values.until),
    minutes: minutesOf(values.minutes),
    list: values.list,
    ...(values.only !== undefined && { only: placeOf(values.only) }),
    ...(values.json !== undefined && { json: values.json }),
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: "string", default: "1" },
        count: { type: "string", default: "20" },
        only: { type: "string" },
        until: { type: "string", default: "star" },
        minutes: { type: "string", default: "0.5" },
        json: { type: "string" },
        list: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new MutantsRefused((error as Error).message, { cause: error });
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new MutantsRefused(`${name} is "${text}"; it accepts a whole number above 0`);
}

function minutesOf(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new MutantsRefused(`--minutes is "${text}"; it accepts a number above 0`);
}

function stepOf(text: string): StepName {
  const step = STEPS.find((one) => one === text);
  if (step) return step;
  throw new MutantsRefused(`--until is "${text}"; it accepts ${STEPS.join(", ")}`);
}

function placeOf(text: string): { file: string; line: number } {
  const [, file, line] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (file !== undefined && line !== undefined) return { file, line: Number(line) };
  throw new MutantsRefused(
    `--only is "${text}"; it accepts a file and a line, such as src/merge/merge-record.ts:57`,
  );
}
