import { Unconvertible } from "./converter.ts";

/** A day and a time of day, without a zone. */
export type Clock = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
};

export type TimeFormat = {
  pattern: string;
  /** Undefined for a text in another format, and for days that do not exist. */
  read(text: string): Clock | undefined;
  write(clock: Clock): string;
};

const FIELDS = {
  yyyy: "year",
  MM: "month",
  dd: "day",
  HH: "hour",
  mm: "minute",
  ss: "second",
  SSS: "millisecond",
} as const satisfies Record<string, keyof Clock>;
type Token = keyof typeof FIELDS;

const TOKENS = /yyyy|MM|dd|HH|mm|ss|SSS/g;

/** Compiles `dd.MM.yyyy HH:mm`. Throws `Unconvertible` for a pattern without a whole date. */
export function compileFormat(pattern: string): TimeFormat {
  const tokens = pattern.match(TOKENS) as Token[] | null;
  if (!tokens || !["yyyy", "MM", "dd"].every((needed) => tokens.includes(needed as Token)))
    throw new Unconvertible(`format "${pattern}" names no whole date`, "yyyy, MM, dd, and HH, mm, ss, SSS");
  const literal = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const matcher = new RegExp(`^${literal.replaceAll(TOKENS, (token) => `(\\d{${token.length}})`)}$`);
  return {
    pattern,
    read(text) {
      const found = matcher.exec(text);
      if (!found) return undefined;
      const clock = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 };
      for (const [index, token] of tokens.entries()) clock[FIELDS[token]] = Number(found[index + 1]);
      return exists(clock) ? clock : undefined;
    },
    write: (clock) =>
      pattern.replaceAll(TOKENS, (token) =>
        String(clock[FIELDS[token as Token]]).padStart(token.length, "0"),
      ),
  };
}

/** The clock as if it were UTC, in milliseconds since 1970. */
export function asIfUtc(clock: Clock): number {
  const at = new Date(0);
  at.setUTCFullYear(clock.year, clock.month - 1, clock.day);
  at.setUTCHours(clock.hour, clock.minute, clock.second, clock.millisecond);
  return at.getTime();
}

function exists(clock: Clock): boolean {
  const at = new Date(asIfUtc(clock));
  return (
    at.getUTCMonth() === clock.month - 1 &&
    at.getUTCDate() === clock.day &&
    clock.hour < 24 &&
    clock.minute < 60 &&
    clock.second < 60
  );
}
