import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.ts";
import type { Result } from "./result.ts";
import { showNumber } from "./show-number.ts";
import { svgPlot } from "./svg-plot.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const PAGE = join(DOCS, "performance.md");
const PLOTS = "performance";

/** Writes the figures of these workloads into docs/performance.md, each into the section of its letter, and their plots beside it. */
export async function refreshDocs(results: readonly Result[]): Promise<void> {
  await mkdir(join(DOCS, PLOTS), { recursive: true });
  let page = await readFile(PAGE, "utf8");
  for (const result of results) {
    const files = await writePlots(result);
    page = replaceSection(page, result.name, sectionOf(result, files));
  }
  await writeFile(PAGE, page);
}

async function writePlots({ name, plots }: Result): Promise<string[]> {
  const files: string[] = [];
  for (const [index, plot] of plots.entries()) {
    const file = `${PLOTS}/${name}${index === 0 ? "" : `-${index + 1}`}.svg`;
    await writeFile(join(DOCS, file), svgPlot(plot));
    files.push(`![${plot.title}](${file})`);
  }
  return files;
}

/** Puts a text between the marks `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
export function replaceSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks ${begin} ... ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** One workload for readers: figures, circumstances, plots. */
export function sectionOf(result: Result, plots: readonly string[]): string {
  const { nave, floor, unit, p50, p99, rssMb, peers, details, load, at, command } = result;
  const ratio = nave !== null && floor !== null ? nave / floor : null;
  const rows: [string, number | string | null][] = [
    [`Nave, ${unit}`, nave],
    [`floor, ${unit}`, floor],
    ["Nave / floor", ratio],
    ["p50, ms", p50],
    ["p99, ms", p99],
    ["memory of the hub, highest, MB", rssMb],
    ...Object.entries(peers).map(([peer, value]): [string, number] => [`${peer}, ${unit}`, value]),
    ...Object.entries(details),
  ];
  const lines = rows
    .filter(([name, value], index) => value !== null && rows.findIndex(([other]) => other === name) === index)
    .map(([name, value]) => `| ${name} | ${typeof value === "number" ? showNumber(value) : value} |`);
  return [
    `\`${command}\`, ${at.slice(0, 16).replace("T", " ")} UTC. Load of the machine in the minute before ${showNumber(load.before)}, after ${showNumber(load.after)}. ${machineText(result.machine)}`,
    ["| figure | value |", "|---|---|", ...lines].join("\n"),
    ...plots,
  ].join("\n\n");
}

function machineText({ processor, cores, memoryGb, node, postgres, rabbitmq, fsyncUs }: Machine): string {
  const [method, us] = Object.entries(fsyncUs ?? {}).find(([name]) => name === "fdatasync") ?? [];
  const fsync = method === undefined ? "fsync not measured" : `${method} ${us} us`;
  return `${processor}, ${cores} cores, ${memoryGb} GB; Node.js ${node}, PostgreSQL ${postgres ?? "none"}, RabbitMQ ${rabbitmq ?? "none"}; ${fsync}.`;
}
