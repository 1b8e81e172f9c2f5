/** Dice coefficient of letter pairs: 1 for equal texts, 0 for texts without a pair in common. */
export function similarity(one: string, other: string): number {
  if (one === other) return 1;
  const left = pairs(one);
  const right = pairs(other);
  const total = left.length + right.length;
  if (total === 0) return 0;
  const rest = new Map<string, number>();
  for (const pair of right) rest.set(pair, (rest.get(pair) ?? 0) + 1);
  let common = 0;
  for (const pair of left) {
    const count = rest.get(pair) ?? 0;
    if (count === 0) continue;
    common += 1;
    rest.set(pair, count - 1);
  }
  return (2 * common) / total;
}

function pairs(text: string): string[] {
  const letters = Array.from(text);
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
}
