import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeFailure } from "../../src/flows/cases/report.ts";
import { runFlowCases } from "../../src/flows/cases/run-cases.ts";
import { COMPLETE_CUSTOMERS } from "./complete-customers.ts";
import { writeFlows } from "./draw.ts";

test("the case that the documentation shows passes with the flow that it draws", async () => {
  const docs = await readFile("docs/flows.md", "utf8");
  const [, shown = ""] = /^## Testing a flow$[\s\S]*?```yaml\n([\s\S]*?)```/m.exec(docs) ?? [];
  const { flowsDir } = await writeFlows({ "complete-customers": COMPLETE_CUSTOMERS });
  const cases = join(flowsDir, "complete-customers/cases");
  await mkdir(cases);
  await writeFile(join(cases, "no-country.yaml"), shown);
  const [report] = await runFlowCases({ flowsDir });
  expect(report?.cases.map(({ title, ...one }) => [title, describeFailure({ title, ...one })])).toEqual([
    ["A customer without a country is left to sales", []],
  ]);
});
