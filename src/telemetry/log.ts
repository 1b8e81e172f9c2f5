import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import type { Log } from "../adapter-kit/contract.ts";

/** Structured lines on standard error, so that standard output stays for what a command answers. NAVE_LOG sets the level. */
export function createLog(level = process.env["NAVE_LOG"] ?? "warn"): Log {
  return logTo(level, { dest: 2 });
}

/** Each line is out before the next one of the program: for a process that is about to be killed. */
export function createLastWordsLog(): Log {
  return logTo("error", { dest: 2, sync: true });
}

function logTo(level: string, destination: { dest: number; sync?: boolean }): Log {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: REDACTED, mixin: currentSpan },
    pino.destination(destination),
  );
  return {
    debug: (fields, text) => log.debug(fields, text),
    info: (fields, text) => log.info(fields, text),
    warn: (fields, text) => log.warn(fields, text),
    error: (fields, text) => log.error(fields, text),
  };
}

/** Where traces are on: finds the trace in which a line was written. */
function currentSpan(): { trace_id?: string; span_id?: string } {
  const context = trace.getActiveSpan()?.spanContext();
  return context ? { trace_id: context.traceId, span_id: context.spanId } : {};
}

/** A second line of defence: fields of these names never reach a log line. */
const REDACTED = [
  "password",
  "secret",
  "token",
  "authorization",
  "*.password",
  "*.secret",
  "*.token",
  "*.authorization",
];
