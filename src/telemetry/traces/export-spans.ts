import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace";
import type { Log } from "../../adapter-kit/contract.ts";
import type { TracesConfig } from "../../config/types.ts";
import { NOTHING_HAPPENED } from "./traces.ts";

/** What is not sent by then is given up: a collector that is away must not gather the traces of hours. */
const EXPORT_WITHIN_MS = 3000;
const EXPORT_EVERY_MS = 1000;
/** Beyond these, spans are dropped until the collector takes some: about 10 MB. */
const MOST_WAITING = 8192;

/** Sends spans in groups, beside the work; where the collector does not take them they are dropped. */
export function exportSpans(config: TracesConfig, log: Log): SpanProcessor {
  const { url, headers } = config;
  const own = new OTLPTraceExporter({
    url,
    ...(headers && { headers }),
    timeoutMillis: Number(process.env["OTEL_EXPORTER_OTLP_TIMEOUT"]) || EXPORT_WITHIN_MS,
  });
  const batches = new BatchSpanProcessor({
    exporter: sayingOnce(own, new URL(url).host, log),
    scheduledDelayMillis: EXPORT_EVERY_MS,
    maxQueueSize: MOST_WAITING,
    exportTimeoutMillis: 2 * EXPORT_WITHIN_MS,
  });
  return {
    onStart: () => {},
    onEnd: (span) => {
      if (!(NOTHING_HAPPENED in span.attributes)) batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

/** Says once that the collector takes nothing, and once that it does again. */
function sayingOnce(exporter: SpanExporter, host: string, log: Log): SpanExporter {
  let lost = 0;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        const { error } = result;
        // The timer belongs to whichever span ended first: the lines do not.
        if (error !== undefined && lost === 0)
          context.with(ROOT_CONTEXT, () => log.warn({ collector: host, cause: whyOf(error) }, LOSING));
        else if (error === undefined && lost > 0)
          context.with(ROOT_CONTEXT, () => log.warn({ collector: host, lost }, TAKEN_AGAIN));
        lost = error === undefined ? 0 : lost + spans.length;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

const TAKEN_AGAIN = "traces are taken by the collector again";
const LOSING =
  "traces are not taken by the collector: they are dropped until it takes them; nothing else is lost";

/** Not the answer's text, which may quote a header. */
function whyOf({ code, message }: Error & { code?: unknown }): string {
  return typeof code === "string" || typeof code === "number" ? String(code) : message;
}
