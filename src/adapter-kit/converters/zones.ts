import { asIfUtc, type Clock } from "./time-format.ts";

const formatters = new Map<string, Intl.DateTimeFormat>();

export function isZone(zone: string): boolean {
  try {
    return formatterOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/** What a clock in the zone shows at this instant. */
export function toZone(at: number, zone: string): Clock {
  return clockOf(at + offsetMs(at, zone));
}

/**
 * The instant at which a clock in the zone shows this. A time that the change to summer time skips is read with the offset
 * before it (02:30 becomes 03:30); of a time that comes twice, the first is meant.
 */
export function fromZone(clock: Clock, zone: string): number {
  const local = asIfUtc(clock);
  if (zone === "UTC") return local;
  const before = offsetMs(local - 86_400_000, zone);
  const after = offsetMs(local + 86_400_000, zone);
  if (offsetMs(local - before, zone) === before) return local - before;
  const later = local - after;
  return offsetMs(later, zone) === after ? later : local - before;
}

function clockOf(at: number): Clock {
  const date = new Date(at);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

function offsetMs(at: number, zone: string): number {
  if (zone === "UTC") return 0;
  const shown: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(at)) shown[type] = Number(value);
  const clock = {
    year: shown["year"],
    month: shown["month"],
    day: shown["day"],
    hour: shown["hour"],
    minute: shown["minute"],
    second: shown["second"],
  };
  return asIfUtc({ ...clock, millisecond: 0 } as Clock) - Math.floor(at / 1000) * 1000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}
