import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer as startCrm } from "../../../adapters/sandbox-crm/simulator/server.ts";
import { startServer as startErp } from "../../../adapters/sandbox-erp/simulator/server.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import type { Config } from "../../../src/config/types.ts";
import { type ModeSettings, settingsOf } from "../../chaos/modes.ts";
import { type CollectedSpan, type Collector, chainTo, startCollector } from "../../services/collector.ts";
import { startHeaderProxy } from "../../services/header-proxy.ts";
import { until } from "../../services/until.ts";
import { nave, startNave } from "../cli/run-nave.ts";
import { HOOK_SECRET } from "../http/served-hub.ts";
import { starConfig } from "../hub/star.ts";

/** Three processes of one hub, on PostgreSQL and RabbitMQ, which send their spans to one collector. */
let settings: ModeSettings;
let systems: { crm: SandboxServer; erp: SandboxServer };
let folder: string;
let collector: Collector;
let erp: Awaited<ReturnType<typeof startHeaderProxy>>;
let parts: ReturnType<typeof startNave>[];
let api: string;

/** Each process loads for seconds, on a busy machine for a minute. */
const LONG_MS = 170_000;

beforeAll(async () => {
  settings = await settingsOf("distributed");
  systems = { crm: await startCrm({ hookSecret: HOOK_SECRET }), erp: await startErp() };
  collector = await startCollector();
  erp = await startHeaderProxy(systems.erp.url);
  folder = await mkdtemp(join(tmpdir(), "nave-traces-"));
  await writeFile(join(folder, "nave.config.yaml"), configText(starConfig(folder, systems, settings)));
  parts = ["api", "poll", "work"].map(start);
  const page = () => /page +(http\S+)\/\s/.exec(parts[0]?.output() ?? "")?.[1];
  await until("the page is served", () => page() !== undefined, LONG_MS);
  api = page() ?? "";
  await systems.crm.seed("customer", [{ displayName: "First", customerNumber: "T-0" }]);
  await until("the ERP has the first", () => isInErp("T-0"), LONG_MS);
  await spanOf(isWrite);
}, 2 * LONG_MS);

afterAll(async () => {
  for (const { child } of parts) child.kill("SIGKILL");
  await Promise.all(parts.map(({ ended }) => ended));
  await Promise.all([systems.crm.close(), systems.erp.close(), collector.close(), erp.close()]);
  await settings.drop();
  await rm(folder, { recursive: true, force: true });
});

const JOURNEY = [
  "accept inbound.customer",
  "process inbound.customer",
  "flow customer-sync",
  "route erp",
  "process deliver.erp",
  "write erp",
];

test("from the CRM's change to the ERP's write there is one trace, over two processes", async () => {
  const before = collector.spans.findLast(isWrite);
  await systems.crm.seed("customer", [{ displayName: "Traced", customerNumber: "T-1" }]);
  await until("the ERP has it", () => isInErp("T-1"));
  const write = await spanOf((span) => isWrite(span) && span !== before);
  const spans = await traceOf(write.traceId);
  expect(chainTo(spans, write)).toEqual(JOURNEY);
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(["merge", "settle", "find erp"]));
  const accept = spans.find(({ name }) => name.startsWith("accept"));
  expect(accept?.parentId).toBe("");
  const correlationId = String(accept?.attributes["messaging.message.conversation_id"]);
  expect(correlationId.replaceAll("-", "")).toBe(write.traceId);
  expect(accept?.resource["service.instance.id"]).not.toBe(write.resource["service.instance.id"]);
  const page = collector.spans.find(({ spanId }) => spanId === accept?.links[0]?.spanId);
  expect(page).toMatchObject({ name: "poll crm", attributes: { "nave.entity": "customer" } });
  // The ERP is told, and could go on with it.
  const told = erp.seen.map(({ headers }) => headers["traceparent"]);
  expect(told).toContain(`00-${write.traceId}-${write.spanId}-01`);
  // Trace id and correlation id lead to the same story.
  for (const id of [write.traceId, correlationId]) {
    const story = await nave(["trace", id, "--config", join(folder, "nave.config.yaml")], inFolder("api"));
    expect(story.stdout).toContain("create in erp");
  }
});

test("a web hook's trace is continued by the process that reads, and by the one that writes", async () => {
  // Polls do not find what seems to be so old.
  await systems.crm.misbehave({ frozenStamp: "2020-01-01T00:00:00Z" });
  const sender = { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };
  const id = await systems.crm.insert("customer", { displayName: "Hinted", customerNumber: "T-2" });
  const body = JSON.stringify({ events: [{ collection: "accounts", event: "create", id }] });
  const signature = createHmac("sha256", HOOK_SECRET).update(body).digest("hex");
  const headers = {
    "content-type": "application/json",
    "x-sandbox-signature": `sha256=${signature}`,
    traceparent: `00-${sender.traceId}-${sender.spanId}-01`,
  };
  const answer = await fetch(`${api}/hooks/crm`, { method: "POST", body, headers });
  expect(answer.status).toBe(202);
  const request = await spanOf(({ name }) => name === "POST /hooks/:system");
  expect(request).toMatchObject({ ...sender, spanId: request.spanId, parentId: sender.spanId, kind: 2 });
  await until("the ERP has it", () => isInErp("T-2"));
  const write = await spanOf(({ name, traceId }) => name === "write erp" && traceId === sender.traceId);
  const spans = await traceOf(sender.traceId, sender.spanId);
  expect(chainTo(spans, write)).toEqual(["POST /hooks/:system", ...JOURNEY]);
  expect(new Set(spans.map(({ resource }) => resource["service.instance.id"])).size).toBe(3);
});

test("a line of the log tells in which trace it was written", async () => {
  const logged = () =>
    (parts[2]?.output() ?? "").split("\n").flatMap((line) => {
      const fields = line.startsWith("{") ? (JSON.parse(line) as Record<string, unknown>) : {};
      return fields["system"] === "erp" && "trace_id" in fields ? [fields] : [];
    });
  await systems.crm.misbehave({ frozenStamp: "" });
  await systems.erp.misbehave({ down: true });
  await systems.crm.seed("customer", [{ displayName: "Waited for", customerNumber: "T-3" }]);
  await until("the worker finds the ERP down", () =>
    logged().some((line) => line["code"] === "NAVE_SYSTEM_UNAVAILABLE"),
  );
  await systems.erp.misbehave({ down: false });
  await until("the ERP has it", () => isInErp("T-3"));
  const [line] = logged();
  const span = await spanOf(
    ({ traceId, spanId }) => traceId === line?.["trace_id"] && spanId === line["span_id"],
  );
  expect(span.name).toBe("process deliver.erp");
  const call = collector.spans.find(({ parentId }) => parentId === span.spanId);
  expect(call).toMatchObject({
    name: "find erp",
    failed: true,
    attributes: { "error.type": "NAVE_SYSTEM_UNAVAILABLE" },
  });
});

const inFolder = (role: string) => ({ NAVE_DATA: join(folder, role) });

function start(role: string): ReturnType<typeof startNave> {
  const env = { ...inFolder(role), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  return startNave(["start", "--role", role, "--config", join(folder, "nave.config.yaml")], env);
}

/** JSON is YAML. */
function configText({ hub, systems: configured, entities }: Config): string {
  const { databaseUrl, amqpUrl, queuePrefix, flowsDir, adapterDirs } = hub;
  const named = Object.entries(configured).map(([name, { name: _name, ...system }]) => {
    const url = name === "erp" ? { url: `${erp.url}/soap` } : {};
    return [name, { ...system, settings: { ...system.settings, ...url } }];
  });
  return JSON.stringify({
    hub: { port: 0, databaseUrl, amqpUrl, queuePrefix, flowsDir, adapterDirs },
    systems: Object.fromEntries(named),
    entities,
  });
}

async function isInErp(number: string): Promise<boolean> {
  return (await systems.erp.all("customer")).some((one) => one["CustNo"] === number);
}

const isWrite = ({ name, attributes }: CollectedSpan) =>
  name === "write erp" && attributes["nave.outcome.written"] === 1;

/** The newest such span, once it has been sent. */
async function spanOf(is: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
  const find = () => collector.spans.findLast(is);
  await until("the span is sent", () => find() !== undefined);
  return find() as CollectedSpan;
}

/** The spans of a trace, once every one has its parent beside it. */
async function traceOf(traceId: string, begunBy = ""): Promise<CollectedSpan[]> {
  const spans = () => collector.spans.filter((span) => span.traceId === traceId);
  const isWhole = () => {
    const ids = new Set(spans().map(({ spanId }) => spanId));
    return spans().every(({ parentId }) => parentId === begunBy || ids.has(parentId));
  };
  await until("the trace is whole", isWhole);
  return spans();
}
