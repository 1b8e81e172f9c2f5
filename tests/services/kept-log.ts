import type { Log } from "../../src/adapter-kit/contract.ts";

export type LogLine = { level: keyof Log; text: string; fields: Record<string, unknown> };

/** A log that keeps its lines for the test to read. */
export function keptLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Log) => (fields: Record<string, unknown>, text: string) => {
    lines.push({ level, text, fields });
  };
  return { log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }, lines };
}
