import type { Shipment } from "../types.generated.ts";
import type { Body, Problem } from "../types.ts";
import type { Rule } from "./rule.ts";

/** Packages hold lines that the shipment has. */
export const packagesHoldLines: Rule = (body: Body) => {
  const { lines = [], packages = [] } = body as Shipment;
  const known = new Set(lines.map(({ key }) => key));
  const problems: Problem[] = [];
  for (const { key, lines: packed = [] } of packages) {
    for (const line of packed.filter((name) => !known.has(name))) {
      const text = `package ${key} holds line "${line}", which the shipment does not have`;
      problems.push({
        path: `packages[${key}].lines`,
        value: line,
        text,
        accepts: "keys of the shipment's lines",
      });
    }
  }
  return problems;
};
