import type { Json, JsonObject } from "../contract.ts";
import { type Converter, scalarText, textOption, Unconvertible } from "./converter.ts";
import { type Clock, compileFormat, type TimeFormat } from "./time-format.ts";
import { fromZone, isZone, toZone } from "./zones.ts";

/** Native dates in any format, or instants cut to a day in the system's zone <-> `YYYY-MM-DD`. */
export const date: Converter = {
  title: "a native date, or the day of an instant in the system's zone ↔ `YYYY-MM-DD`",
  options: {
    format: "of the native text, default yyyy-MM-dd; yyyy MM dd HH mm ss SSS, everything else literal",
    zone: "IANA zone in which a native instant (with Z or offset) becomes a day, and in which a format with a clock writes midnight; default UTC",
  },
  create(options) {
    const format = compileFormat(textOption(options, "format") ?? "yyyy-MM-dd");
    const zone = zoneOption(options);
    return {
      toCanonical(value) {
        const text = scalarText(value);
        if (isEmptyDate(text)) return undefined;
        const clock =
          /[zZ]$|[+-]\d\d:?\d\d$/.test(text) && text.includes("T")
            ? toZone(instantOf(text), zone)
            : readDay(text, format);
        return dayText(clock);
      },
      toNative: (value) => format.write(readDay(scalarText(value), DAY)),
    };
  },
};

/** Native local times, epochs or instants <-> RFC 3339 UTC. */
export const instant: Converter = {
  title: "a native instant, local time in the system's zone, or epoch ↔ an RFC 3339 instant in UTC",
  options: {
    format:
      "of the native text in the system's zone, such as `yyyy-MM-dd HH:mm:ss`; default an instant with Z or offset; or `seconds`, `milliseconds` since 1970",
    zone: "IANA zone of native times without one, default UTC; a time that the change to summer time skips moves on by its gap, of one that comes twice the first is meant",
  },
  create(options) {
    const name = textOption(options, "format");
    const zone = zoneOption(options);
    if (name === "seconds" || name === "milliseconds") return epoch(name === "seconds" ? 1000 : 1);
    const format = name === undefined ? undefined : compileFormat(name);
    return {
      toCanonical(value) {
        const text = scalarText(value);
        if (isEmptyDate(text)) return undefined;
        return instantText(format === undefined ? instantOf(text) : fromZone(readDay(text, format), zone));
      },
      toNative(value) {
        const at = instantOf(scalarText(value));
        return format === undefined ? instantText(at) : format.write(toZone(at, zone));
      },
    };
  },
};

const DAY = compileFormat("yyyy-MM-dd");

function zoneOption(options: JsonObject): string {
  const zone = textOption(options, "zone") ?? "UTC";
  if (!isZone(zone))
    throw new Unconvertible(`zone "${zone}" is unknown`, "an IANA zone such as Europe/Berlin");
  return zone;
}

/** How MySQL and others write no date. */
function isEmptyDate(text: string): boolean {
  return text.trim() === "" || text.startsWith("0000-00-00");
}

function readDay(text: string, format: TimeFormat): Clock {
  const clock = format.read(text.trim());
  if (clock === undefined) throw new Unconvertible("is no such date or time", format.pattern);
  return clock;
}

function dayText(clock: Clock): string {
  return DAY.write(clock);
}

function instantOf(text: string): number {
  const hasZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([zZ]|[+-]\d\d:?\d\d)$/.test(text);
  const at = hasZone ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(at)) throw new Unconvertible("is no instant", "such as 2026-11-03T14:30:00Z");
  return at;
}

/** Whole seconds are written without a fraction, so that one instant has one text. */
function instantText(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

function epoch(unitMs: number): ReturnType<Converter["create"]> {
  return {
    toCanonical(value: Json) {
      const count = Number(value);
      if (!Number.isFinite(count) || Math.abs(count * unitMs) > 8.64e15)
        throw new Unconvertible("is no time since 1970", "a number");
      return count === 0 ? undefined : instantText(count * unitMs);
    },
    toNative: (value: Json) => instantOf(scalarText(value)) / unitMs,
  };
}
