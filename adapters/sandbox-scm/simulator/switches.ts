/**
 * How the simulated supplier works, and how it can be made to misbehave. Fields named `...Next` count down: at the next N
 * despatches the named thing happens too, then the supplier is well again.
 */
export type SupplierSwitches = {
  /** From taking an order to answering it. */
  answerAfterMs: number;
  /** From the answer to the first despatch, and from there to the next. Negative: only when told to. */
  despatchAfterMs: number;
  /** Every N-th order leaves in two halves; 0: none. */
  partialEveryNth: number;
  /** An inventory report at most so often, when stock has changed. */
  reportEveryMs: number;
  /** The supplier does not look into its inbox. */
  asleep: boolean;

  /** The next orders are rejected. */
  rejectNext: number;
  /** The despatch advice of the next orders leaves before their response. */
  outOfOrderNext: number;
  /** The same despatch advice once more, in another file. */
  duplicateNext: number;
  /** The despatch advice is written in place: half of it, and the rest so much later. */
  halfWrittenNext: number;
  halfWrittenMs: number;
  /** Besides: a file that ends in the middle for good. */
  truncatedNext: number;
  /** Besides: bytes of another encoding than it declares. */
  wrongEncodingNext: number;
  /** Besides: a despatch advice for an order that nobody placed. */
  unknownOrderNext: number;
  /** Besides: a file of `hugeBytes`. */
  hugeNext: number;
  hugeBytes: number;
  /** Besides: entities that expand without end. */
  dtdBombNext: number;
};

export const WELL_BEHAVED_SUPPLIER: SupplierSwitches = {
  answerAfterMs: 300,
  despatchAfterMs: 1000,
  partialEveryNth: 5,
  reportEveryMs: 5000,
  asleep: false,
  rejectNext: 0,
  outOfOrderNext: 0,
  duplicateNext: 0,
  halfWrittenNext: 0,
  halfWrittenMs: 400,
  truncatedNext: 0,
  wrongEncodingNext: 0,
  unknownOrderNext: 0,
  hugeNext: 0,
  hugeBytes: 6_000_000,
  dtdBombNext: 0,
};

type Countdown = Extract<keyof SupplierSwitches, `${string}Next`>;

/** Whether the thing is to happen now; counts down. */
export function takeNext(switches: SupplierSwitches, name: Countdown): boolean {
  if (switches[name] <= 0) return false;
  switches[name] -= 1;
  return true;
}
