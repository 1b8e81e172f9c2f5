import { describe, expect, test } from "vitest";
import { describeFailure } from "../../src/flows/cases/report.ts";
import { runFlowCases } from "../../src/flows/cases/run-cases.ts";

/** The cases beside the flows that are shipped: flows/<name>/cases/*.yaml. */
const flowsDir = new URL("../../flows/", import.meta.url).pathname;
const reports = await runFlowCases({ flowsDir });

describe.each(reports)("$flow", ({ cases }) => {
  test("has cases", () => expect(cases).not.toEqual([]));
  test.each(cases)("$title", (one) => expect(describeFailure(one)).toEqual([]));
});
