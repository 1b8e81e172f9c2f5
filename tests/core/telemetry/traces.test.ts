import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tracesConfig } from "../../../src/config/traces-config.ts";
import { type Collector, startCollector } from "../../services/collector.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "../hub/star.ts";

describe("one process", () => {
  let collector: Collector;
  let star: Star;
  beforeAll(async () => {
    collector = await startCollector();
    const traces = tracesConfig({ on: true, endpoint: collector.url }, {});
    star = await startStar({ store: "postgres", telemetry: { traces } });
  });
  afterAll(async () => {
    await star.close();
    await collector.close();
  });

  test("look", async () => {
    await star.crm.seed("customer", [{ displayName: "Traced", customerNumber: "T-1" }]);
    await star.quiet();
    await until("x", () => collector.spans.some((span) => span.name === "write erp"));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const span of collector.spans) console.log(JSON.stringify({ ...span, resource: undefined }));
    expect(collector.spans[0]?.resource).toMatchObject({ "service.name": "nave" });
  });
});
