import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tracesConfig } from "../../../src/config/traces-config.ts";
import { expose } from "../../../src/telemetry/metrics/exposition.ts";
import { FAMILIES, type MetricName } from "../../../src/telemetry/metrics/families.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

const TOKEN = "a-token-of-scrapers-only";

describe("/metrics", () => {
  let hub: ServedHub;
  beforeAll(async () => {
    hub = await serveHub({
      telemetry: { metrics: { open: false, token: TOKEN }, traces: tracesConfig({}, {}) },
    });
    const customer = { displayName: "Blauer See", customerNumber: "BLAUS", type: "COMPANY" };
    await hub.crm.insert("customer", customer);
    await hub.crm.insert("customer", { ...customer, customerNumber: "BROKEN", language: "Klingon, mostly" });
  });
  afterAll(() => hub?.close());

  const scrape = () => ask(`${hub.url}/metrics`, { token: TOKEN });
  const valueOf = (text: string, sample: string) =>
    text.split("\n").find((line) => line.startsWith(`${sample} `));

  test("tells what was taken in, what needs a person and how far behind each source is", async () => {
    await until(
      "the broken record is counted",
      async () =>
        valueOf(
          (await scrape()).text,
          'nave_dead_letters{system="crm",entity="customer",code="NAVE_RECORD_INVALID"}',
        ) !== undefined,
    );
    const { text, headers } = await scrape();
    expect(headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(valueOf(text, 'nave_records_accepted_total{system="crm",entity="customer"}')).toMatch(/ 1$/);
    expect(valueOf(text, 'nave_records_refused_total{system="crm",entity="customer"}')).toMatch(/ 1$/);
    expect(valueOf(text, 'nave_circuit_open{system="crm"}')).toMatch(/ 0$/);
    expect(valueOf(text, "nave_workers")).toMatch(/ 1$/);
    expect(valueOf(text, "nave_store_up")).toMatch(/ 1$/);
    expect(text).toMatch(/^nave_scan_age_seconds\{system="crm",entity="customer"\} \d/m);
    expect(text).toMatch(/^nave_event_loop_lag_seconds\{quantile="p99"\} \d/m);
  });

  test("every sample belongs to a family of the catalogue, with its labels and no others", async () => {
    const { text } = await scrape();
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(samples.length).toBeGreaterThan(20);
    for (const line of samples) {
      const [, name = "", labels = ""] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
      expect([...FAMILIES[name as MetricName].labels]).toEqual(expect.arrayContaining(names));
    }
    for (const name of new Set(samples.map((line) => /^\w+/.exec(line)?.[0]))) {
      expect(text.split(`# TYPE ${name} `)).toHaveLength(2);
      expect(text.split(`# HELP ${name} `)).toHaveLength(2);
    }
  });

  test("is for whoever may see the status: the scrapers' token opens it and nothing else", async () => {
    expect((await ask(`${hub.url}/metrics`)).status).toBe(401);
    expect((await ask(`${hub.url}/metrics`, { token: "guessed" })).status).toBe(401);
    expect((await ask(`${hub.url}/metrics`, { token: hub.token })).status).toBe(200);
    expect((await ask(`${hub.url}/api/dead-letters`, { token: TOKEN })).status).toBe(401);
  });

  test("holds no secret and no data of records", async () => {
    const { text } = await scrape();
    for (const hidden of [TOKEN, hub.token, "Blauer", "BLAUS", "Klingon", hub.config.hub.databaseUrl ?? "-"])
      expect(text).not.toContain(hidden);
  });

  test("many scrapes share one reading of the store", async () => {
    await scrape();
    const { db } = hub.running.hub;
    const query = db.query;
    let asked = 0;
    db.query = ((...args: Parameters<typeof query>) => {
      if (args[0].includes("jsonb_build_object")) asked += 1;
      return query.apply(db, args);
    }) as typeof query;
    try {
      await Promise.all(Array.from({ length: 20 }, scrape));
      const onePerStatement = Object.keys(FAMILIES).length;
      expect(asked).toBeLessThanOrEqual(onePerStatement);
    } finally {
      db.query = query;
    }
  });
});

test("texts in labels and helps cannot break the format", () => {
  const odd = { name: "nave_dead_letters", labels: { system: 'a"b\\c\nd' }, value: 2 } as const;
  expect(expose([odd])).toContain('nave_dead_letters{system="a\\"b\\\\c\\nd"} 2\n');
  expect(expose([{ ...odd, value: Number.POSITIVE_INFINITY }])).toContain("} +Inf\n");
  expect(expose([])).toBe("");
});
