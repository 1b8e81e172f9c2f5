import { pino } from "pino";
import type { Log } from "../adapter-kit/contract.ts";

/** Structured lines on standard error, so that standard output stays for what a command answers. NAVE_LOG sets the level. */
export function createLog(level = process.env["NAVE_LOG"] ?? "warn"): Log {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: REDACTED },
    pino.destination(2),
  );
  return {
    debug: (fields, text) => log.debug(fields, text),
    info: (fields, text) => log.info(fields, text),
    warn: (fields, text) => log.warn(fields, text),
    error: (fields, text) => log.error(fields, text),
  };
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
