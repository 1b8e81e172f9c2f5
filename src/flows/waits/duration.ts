const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d|w)$/;

export const DURATION_ACCEPTS = "a number with its unit (ms, s, min, h, d, w), such as 30 s or 2 h";

/** Milliseconds of a text such as `30 s` or `1.5 h`; undefined where it is none. A day is 24 hours. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * (UNITS[unit] ?? 0);
}
