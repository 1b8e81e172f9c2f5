/** Numbers that look random and are the same for the same seed (mulberry32). */
export type Random = {
  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
  /** True in one of `n` cases. */
  oneIn(n: number): boolean;
  /** The pattern with a digit for each `#`; never a leading zero right after a space or at the start. */
  digits(pattern: string): string;
};

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(values: readonly T[]) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error("nothing to pick from");
      return value;
    },
    oneIn: (n) => below(n) === 0,
    digits: (pattern) => pattern.replaceAll("#", () => `${1 + below(9)}`),
  };
}
