import { FAMILIES, type MetricName, type Sample } from "./families.ts";

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The samples in the text format that Prometheus scrapes; families in the order of the catalogue, those without a sample left out.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format", as of November 2026
 */
export function expose(samples: readonly Sample[]): string {
  const byName = Map.groupBy(samples, ({ name }) => name);
  const names = (Object.keys(FAMILIES) as MetricName[]).filter((name) => byName.has(name));
  return names.map((name) => family(name, byName.get(name) ?? [])).join("");
}

function family(name: MetricName, samples: readonly Sample[]): string {
  const { help, kind } = FAMILIES[name];
  const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n`;
  return head + samples.map((sample) => `${name}${labelsOf(sample)} ${numberOf(sample.value)}\n`).join("");
}

/** In the order of the catalogue, whatever order they were read in. */
function labelsOf({ name, labels }: Sample): string {
  const pairs = FAMILIES[name].labels.flatMap((label) => {
    const value = labels[label];
    return value === undefined ? [] : [`${label}="${escapeLabel(value)}"`];
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

const escapeHelp = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const escapeLabel = (text: string) => escapeHelp(text).replaceAll('"', '\\"');
