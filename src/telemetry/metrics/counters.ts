import { FAMILIES, type Labels, type MetricName, type Sample } from "./families.ts";

type CounterName = {
  [Name in MetricName]: (typeof FAMILIES)[Name]["kind"] extends "gauge" ? never : Name;
}[MetricName];

/** What has happened in this process since its start. */
export class Counters {
  readonly #samples = new Map<string, Sample>();

  add(name: CounterName, labels: Labels, by = 1): void {
    if (by === 0) return;
    const values = FAMILIES[name].labels.map((label) => [label, labels[label] ?? ""] as const);
    const key = `${name}\0${values.map(([, value]) => value).join("\0")}`;
    const sample = this.#samples.get(key);
    if (sample) sample.value += by;
    else this.#samples.set(key, { name, labels: Object.fromEntries(values), value: by });
  }

  read(): Sample[] {
    return [...this.#samples.values()].map((sample) => ({ ...sample }));
  }
}
