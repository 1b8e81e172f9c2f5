import type { Json } from "../adapter-kit/contract.ts";
import { isDecimal } from "../canonical/decimal.ts";

/**
 * Whether a system can have made this value of the one it was sent: cut it, rounded it, changed its case or blanks, or kept
 * the day of an instant only. Asked where the answer to a write is lost: what cannot be a form of it is somebody's edit.
 */
export function isFormOf(held: Json | undefined, sent: Json | undefined): boolean {
  if (typeof held !== "string" || typeof sent !== "string") return held === sent;
  if (isDecimal(held) && isDecimal(sent)) return isRounded(held, sent);
  if (INSTANT.test(held) && INSTANT.test(sent)) return held.slice(0, DAY) === sent.slice(0, DAY);
  const plain = plainText(held);
  return plain !== "" && plainText(sent).startsWith(plain);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T/;
const DAY = "YYYY-MM-DD".length;

/** Within one unit of the last digit that the system keeps, whichever way it rounds. */
function isRounded(held: string, sent: string): boolean {
  const digits = held.split(".")[1]?.length ?? 0;
  return Math.abs(Number(held) - Number(sent)) < 10 ** -digits;
}

function plainText(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}
