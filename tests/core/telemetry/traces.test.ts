import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { tracesConfig } from "../../../src/config/traces-config.ts";
import type { Config } from "../../../src/config/types.ts";
import { type Collector, startCollector } from "../../services/collector.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

const tracedTo = (endpoint: string, share = 1): Config["telemetry"] => ({
  metrics: { open: false },
  traces: tracesConfig({ on: true, endpoint, share, headers: { "x-key": "of-the-file" } }, {}),
});

const newSender = () => {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
};

/** Customers pushed to the intake, each under its number. */
async function push(hub: ServedHub, numbers: readonly string[], headers: Record<string, string> = {}) {
  const records = numbers.map((customerNumber) => ({
    localId: `acc_${customerNumber}`,
    native: {
      id: `acc_${customerNumber}`,
      customerNumber,
      displayName: `Secret ${customerNumber}`,
      type: "COMPANY",
    },
  }));
  const answer = await ask(`${hub.url}/in/crm/customer`, { token: hub.token, json: { records }, headers });
  expect(answer).toMatchObject({ status: 202, json: { accepted: numbers.length } });
}

async function settledMessages(hub: ServedHub, numbers: readonly string[]) {
  const ids = numbers.map((number) => `acc_${number}`);
  const read = () =>
    hub.running.hub.db.query<{ correlationId: string }>(
      `select correlation_id as "correlationId" from nave.message where local_id = any($1::text[]) and state = 'settled'`,
      [ids],
    );
  await until("their flows have completed", async () => (await read()).length === numbers.length);
  return read();
}

describe("with a collector", () => {
  let collector: Collector;
  let hub: ServedHub;
  beforeAll(async () => {
    collector = await startCollector();
    hub = await serveHub({ telemetry: tracedTo(collector.url), hub: { republishAfterMs: 1000 } });
  });
  afterAll(async () => {
    await hub.close();
    await collector.close();
  });

  const namesIn = (traceId: string) =>
    collector.spans.filter((span) => span.traceId === traceId).map(({ name }) => name);

  test("the trace of who pushes a record goes on through its flow", async () => {
    const sender = newSender();
    await push(hub, ["P-1"], { traceparent: sender.traceparent });
    await until("the flow is told", () => namesIn(sender.traceId).includes("process inbound.customer"));
    const spans = collector.spans.filter(({ traceId }) => traceId === sender.traceId);
    const request = spans.find(({ name }) => name === "POST /in/:system/:entity");
    expect(request).toMatchObject({ parentId: sender.spanId, kind: 2 });
    expect(request?.attributes).toMatchObject({
      "http.route": "/in/:system/:entity",
      "http.response.status_code": 202,
    });
    const accept = spans.find(({ name }) => name === "accept inbound.customer");
    expect(accept).toMatchObject({ parentId: request?.spanId, kind: 4 });
    expect(namesIn(sender.traceId)).toEqual(
      expect.arrayContaining(["flow customer-sync", "merge", "settle"]),
    );
    expect(collector.headers[0]).toMatchObject({
      "x-key": "of-the-file",
      "content-type": "application/x-protobuf",
    });
    // The story is found by the trace, which is not its correlation id.
    const story = await ask(`${hub.url}/api/trace?key=${sender.traceId}`, { token: hub.token });
    expect(story.json).toMatchObject({ records: [{ entity: "customer" }] });
  });

  test("it goes on even where the ticket was lost and only the store knows of it", async () => {
    const sender = newSender();
    const { channels } = hub.running.hub;
    const { publish } = channels;
    channels.publish = async (queue, tickets) => {
      if (queue === "inbound.customer") channels.publish = publish;
      else await publish(queue, tickets);
    };
    await push(hub, ["P-2"], { traceparent: sender.traceparent });
    await until("the flow is told", () => namesIn(sender.traceId).includes("process inbound.customer"));
    const spans = collector.spans.filter(({ traceId }) => traceId === sender.traceId);
    const [accept, process] = ["accept", "process"].map((word) =>
      spans.find(({ name }) => name.startsWith(word)),
    );
    expect(process?.parentId).toBe(accept?.spanId);
  });

  test.each([
    ["bad", "00-not-a-trace-01"],
    ["far too long", `00-${"a".repeat(10_000)}`],
    ["of nobody", `00-${"0".repeat(32)}-${"0".repeat(16)}-01`],
  ])("a traceparent that is %s is ignored: the record has a trace of its own", async (what, traceparent) => {
    const number = `B-${what.length}`;
    await push(hub, [number], { traceparent });
    const [message] = await settledMessages(hub, [number]);
    const own = String(message?.correlationId).replaceAll("-", "");
    await until("its flow is told", () => namesIn(own).includes("process inbound.customer"));
    const accept = collector.spans.find(({ traceId, name }) => traceId === own && name.startsWith("accept"));
    expect(accept?.parentId).toBe("");
    const request = collector.spans.find(({ spanId }) => spanId === accept?.links[0]?.spanId);
    expect(request).toMatchObject({ name: "POST /in/:system/:entity", parentId: "" });
  });

  test("what many have in common is one span, linked to each and from each", async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => `G-${index}`);
    await push(hub, numbers);
    const messages = await settledMessages(hub, numbers);
    const traceIds = new Set(messages.map(({ correlationId }) => correlationId.replaceAll("-", "")));
    const together = () =>
      collector.spans.find(
        ({ name, links }) => name === "merge together" && traceIds.has(links[0]?.traceId ?? ""),
      );
    await until("a group is told", () => together() !== undefined);
    const { links, attributes, traceId, spanId } = together() ?? { links: [] };
    expect(attributes?.["messaging.batch.message_count"]).toBe(links.length);
    expect(traceIds.has(String(traceId))).toBe(false);
    const one = () => collector.spans.find((span) => span.spanId === links[0]?.spanId);
    await until("one of them is told", () => one() !== undefined);
    expect(one()?.links).toContainEqual({ traceId, spanId });
  });

  test("no value of a record and no secret is in any span", async () => {
    await until("spans have come", () => collector.spans.length > 50);
    const told = JSON.stringify(collector.spans);
    expect(told).not.toMatch(/Secret|displayName/);
    expect(told).not.toContain(hub.token);
  });
});

describe("without a collector", () => {
  test("nothing is lost, the log says so once, and once when it is there", async () => {
    const gone = await startCollector();
    const port = Number(new URL(gone.url).port);
    await gone.close();
    const hub = await serveHub({ telemetry: tracedTo(gone.url) });
    onTestFinished(() => hub.close());
    const told = (text: string) => hub.lines.filter((line) => line.text.includes(text)).length;
    for (let round = 0; round < 3; round += 1) {
      const numbers = Array.from({ length: 50 }, (_, index) => `L-${round}-${index}`);
      await push(hub, numbers);
      await settledMessages(hub, numbers);
      await until("the log says it", () => told("traces are not taken") === 1);
    }
    const collector = await startCollector(port);
    onTestFinished(() => collector.close());
    await until("the log says that it is back", async () => {
      await ask(`${hub.url}/api/trace?key=L-0-0`, { token: hub.token });
      return told("traces are taken by the collector again") === 1;
    });
    expect(told("traces are not taken")).toBe(1);
    expect(collector.spans.length).toBeGreaterThan(0);
  });

  test("one that takes everything and answers nothing holds a stop up for 3 s at most", async () => {
    const silent = createServer((socket) => void socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const hub = await serveHub({ telemetry: tracedTo(`http://127.0.0.1:${port}`) });
    onTestFinished(async () => {
      await hub.close();
      silent.close();
    });
    await push(hub, ["S-1"]);
    await settledMessages(hub, ["S-1"]);
    const begun = performance.now();
    await hub.running.hub.traces?.stop();
    const tookMs = performance.now() - begun;
    expect(tookMs).toBeGreaterThan(1000);
    expect(tookMs).toBeLessThan(4500);
  });
});

test("of a share of 0 nothing is sent, and everything works", async () => {
  const collector = await startCollector();
  const hub = await serveHub({ telemetry: tracedTo(collector.url, 0) });
  onTestFinished(async () => {
    await hub.close();
    await collector.close();
  });
  await push(hub, ["N-1"]);
  await settledMessages(hub, ["N-1"]);
  const sender = newSender();
  // The sender records this one: it goes on.
  await push(hub, ["N-2"], { traceparent: sender.traceparent });
  await until("the sender's goes on", () =>
    collector.spans.some(({ name }) => name === "process inbound.customer"),
  );
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([sender.traceId]));
});
