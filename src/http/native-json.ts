const DEEPEST = 32;

/**
 * Why a parsed JSON object is no native record; undefined when it is. What comes from outside may be nested deeper than a
 * call stack, or hold numbers that are none. Texts that no store keeps are the business of whoever takes the record in.
 */
export function objectionTo(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "is no JSON object";
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const objection = objectionToOne(next.value, next.depth);
    if (objection !== undefined) return objection;
    if (typeof next.value !== "object" || next.value === null) continue;
    for (const [name, inner] of Object.entries(next.value)) {
      if (name === "__proto__") return "has a property name that cannot be kept";
      waiting.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return undefined;
}

function objectionToOne(value: unknown, depth: number): string | undefined {
  if (depth > DEEPEST) return `is nested deeper than ${DEEPEST} levels`;
  if (typeof value === "number" && !Number.isFinite(value)) return "holds a number too large to be one";
  return undefined;
}
