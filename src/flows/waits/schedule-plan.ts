import { Cron } from "croner";
import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { DURATION_ACCEPTS, parseDuration } from "./duration.ts";
import { textSetting } from "./setting.ts";

/** When a schedule is due. Plain data: it is compared and kept. */
export type Timetable = { cron: string; zone: string } | { everyMs: number };

/** A schedule node's timetable, and what becomes of firings that nobody was there for. */
export type SchedulePlan = Timetable & { missed: "once" | "skip" };

const SHORTEST_INTERVAL_MS = 1000;

/**
 * The first due time after this instant; undefined when there is none any more.
 *
 * A cron pattern is read on the clock of its zone. A time that the clock leaves out is due when the clock has jumped; a time
 * that it shows twice is due the first time, while patterns that repeat within the hour go on through both. Intervals are
 * counted from 1970-01-01T00:00Z, so that every process finds the same due times.
 */
export function nextDue(timetable: Timetable, after: Date): Date | undefined {
  if ("cron" in timetable) return cronOf(timetable.cron, timetable.zone).nextRun(after) ?? undefined;
  const { everyMs } = timetable;
  return new Date((Math.floor(after.getTime() / everyMs) + 1) * everyMs);
}

/** What a schedule node is set to. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readSchedulePlan(config: NodeConfig): SchedulePlan {
  const missed = config["missed"] === "skip" ? "skip" : "once";
  if (config["by"] !== "interval") return { ...readCron(config), missed };
  const interval = textSetting(config, "interval");
  const everyMs = parseDuration(interval);
  if (everyMs === undefined || everyMs < SHORTEST_INTERVAL_MS) {
    throw new NaveError("NAVE_CONFIG_INVALID", `has no usable interval ("${interval}")`, {
      accepts: `${DURATION_ACCEPTS}, at least 1 s`,
    });
  }
  return { everyMs, missed };
}

/** The settings `cron` and `zone` of a node. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readCron(config: NodeConfig): { cron: string; zone: string } {
  const cron = textSetting(config, "cron");
  const zone = textSetting(config, "zone");
  if (!isZone(zone)) {
    throw new NaveError("NAVE_CONFIG_INVALID", `has no usable time zone ("${zone}")`, {
      accepts: "the name of an IANA time zone, such as Europe/Berlin or UTC",
    });
  }
  if (!/^(\S+\s+){4}\S+$/.test(cron) || !isDueEver({ cron, zone })) {
    throw new NaveError("NAVE_CONFIG_INVALID", `has no usable cron pattern ("${cron}")`, {
      accepts: "five fields that meet some day: minute, hour, day of the month, month, day of the week",
    });
  }
  return { cron, zone };
}

function isDueEver(timetable: Timetable): boolean {
  try {
    return nextDue(timetable, new Date()) !== undefined;
  } catch {
    return false;
  }
}

/** Parsing a pattern costs more than asking it; a hub has few. */
const parsed = new Map<string, Cron>();

function cronOf(pattern: string, zone: string): Cron {
  const name = `${pattern} ${zone}`;
  let cron = parsed.get(name);
  if (cron === undefined) {
    cron = new Cron(pattern, { timezone: zone, mode: "5-part", paused: true });
    parsed.set(name, cron);
  }
  return cron;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
