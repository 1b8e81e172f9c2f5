import { isE164Of } from "../phone.ts";
import type { ContactPoint } from "../types.generated.ts";
import type { FieldPath, Problem } from "../types.ts";
import { NONE, type ValueRule } from "./rule.ts";

/** An e-mail address has an @; a number in international form is the one that was given. */
export const contactPoints: ValueRule = (at, value, path) => {
  if (at.kind !== "keyed" || !at.item.properties.has("e164")) return NONE;
  return (value as ContactPoint[]).flatMap((point) => check(point, `${path}[${point.key}]`));
};

function check({ kind, value, e164 }: ContactPoint, path: FieldPath): Problem[] {
  if (kind === "email" && !/^[^\s@]+@[^\s@]+$/.test(value)) {
    const text = `value "${value}" is no e-mail address`;
    return [{ path: `${path}.value`, value, text, accepts: "an address such as ann@example.org" }];
  }
  if (e164 === undefined || isE164Of(e164, value)) return [];
  const text = `e164 "${e164}" is not the number "${value}" in international form`;
  return [
    { path: `${path}.e164`, value: e164, text, accepts: `the number that "${value}" reads as, or none` },
  ];
}
