import { parseArgs } from "node:util";

export type Arguments = {
  help: boolean;
  /** Letters of workloads. */
  only: string[];
  /** Absent: each workload's own number. */
  records?: number;
  mode: "distributed" | "embedded";
  /** Names of peers to measure too. */
  peers: string[];
  /** Where the figures go, as JSON. */
  json?: string;
  /** Writes the figures and plots into docs/performance.md. */
  docs: boolean;
};

/** Thrown for a command line that cannot be followed; says what would be accepted. */
export class ArgumentsRefused extends Error {}

/** @param known  Letters of the workloads there are, and names of peers. */
export function parseArguments(
  args: readonly string[],
  known: { workloads: readonly string[]; peers: readonly string[] },
): Arguments {
  const { values } = read(args);
  const mode = values.mode ?? "distributed";
  if (mode !== "distributed" && mode !== "embedded")
    throw new ArgumentsRefused(`--mode is "${mode}"; accepted: distributed, embedded`);
  const records = numberOf("records", values.records);
  return {
    help: values.help ?? false,
    only: listOf("only", values.only, known.workloads) ?? [...known.workloads],
    mode,
    peers: listOf("peers", values.peers, known.peers) ?? [...known.peers],
    docs: values.docs ?? false,
    ...(records === undefined ? {} : { records }),
    ...(values.json === undefined ? {} : { json: values.json }),
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean" },
        only: { type: "string" },
        records: { type: "string" },
        mode: { type: "string" },
        peers: { type: "string" },
        json: { type: "string" },
        docs: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new ArgumentsRefused((error as Error).message);
  }
}

/** `none` is a list too: an empty one. */
function listOf(name: string, text: string | undefined, known: readonly string[]): string[] | undefined {
  if (text === undefined) return undefined;
  if (text === "none") return [];
  const items = text.split(",").map((item) => item.trim());
  const unknown = items.find((item) => !known.includes(item));
  if (unknown === undefined) return items;
  throw new ArgumentsRefused(`--${name} names "${unknown}"; accepted: ${known.join(", ")}`);
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new ArgumentsRefused(`--${name} is "${text}"; accepted: a whole number above 0`);
}
