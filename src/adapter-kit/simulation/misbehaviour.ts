/**
 * How a simulated system can be made to misbehave; every item was seen on a running product (November 2026).
 *
 * Fields named `...Next` count down: the next N requests suffer, then the system is well again.
 */
export type Misbehaviour = {
  /** Everything answers 503. */
  down: boolean;
  /** Each answer is held back for so long. */
  answerAfterMs: number;

  /** Resolution of the stamps; 1000 and 60000 are common. */
  stampPrecisionMs: number;
  /** All writes get this one stamp, as in a bulk change within one second. RFC 3339; empty: the clock runs. */
  frozenStamp: string;
  /** The system's clock is ahead of the hub's by so much. */
  clockSkewMs: number;
  /** `modified` stays empty until the first update; only `created` tells of a new record. */
  modifiedEmptyUntilUpdate: boolean;
  /** A change becomes visible so much later than its stamp says: the transaction was open that long. */
  lateCommitMs: number;
  /** A change in a nested list leaves the parent's stamp where it was. */
  silentChildChanges: boolean;
  /** A write of identical values moves the stamp and the lock version. */
  identicalWritesMoveStamp: boolean;

  /** The session is not accepted: 401 with an empty body. */
  unauthorisedNext: number;
  /** Sessions end so long after the login. */
  sessionLifetimeMs: number;
  /** 429 with Retry-After. */
  rateLimitNext: number;
  retryAfterSeconds: number;
  retryAfterForm: "seconds" | "date";
  /** 500 with an HTML page, nothing done. */
  brokenNext: number;
  /** Refusals come as HTTP 200 with the error inside. */
  errorInsideOk: boolean;
  /** Refusals come as HTTP 500 with an HTML page. */
  htmlErrors: boolean;
  /** An empty list is answered with 404. */
  notFoundForEmptyList: boolean;
  /** A page that should hold records comes empty. */
  emptyPageNext: number;

  /** The connection dies before the write was done; nothing is written. */
  lostBeforeWriteNext: number;
  /** The connection dies after (or while) the write is done. */
  lostAfterWriteNext: number;
  /** With `lostAfterWriteNext`: the write commits so long after the connection died. */
  commitAfterMs: number;
  /** How a lost write shows: the connection is closed, or nothing ever comes. */
  lostBy: "close" | "silence";

  /** In a bulk call every N-th record is refused; 0: none. */
  refuseEveryNth: number;
  /** Names are cut to so many characters without a word; 0: not at all. */
  nameLimit: number;
  /** A state change that does not fit is answered with success and not done. */
  ignoreTransitions: boolean;
  /** What a state change brings about (a shipment after a confirmation) comes so much later; negative: never by itself. */
  followUpMs: number;
  /** Unknown fields are dropped without a word; otherwise refused. */
  dropUnknownFields: boolean;
  /** The probe field does not exist: it is not stored and cannot be searched. */
  withoutProbe: boolean;
  /** How a second record with the same natural key is reported; `silence`: it is not, and there are two. */
  duplicateAs: "conflict" | "html-500" | "ok-with-error" | "candidates" | "silence";
  /** A removed record leaves no trace, or stays readable with a flag. */
  deletesLeaveTrace: boolean;

  /** Every N-th web hook is lost; 0: none. */
  loseEveryNthHook: number;
  /** How often each web hook is sent. */
  hookCopies: number;
  hookDelayMs: number;
};

/** A system that behaves: whole-second stamps and traceless deletes are no misbehaviour, merely common. */
export const WELL_BEHAVED: Misbehaviour = {
  down: false,
  answerAfterMs: 0,
  stampPrecisionMs: 1000,
  frozenStamp: "",
  clockSkewMs: 0,
  modifiedEmptyUntilUpdate: false,
  lateCommitMs: 0,
  silentChildChanges: false,
  identicalWritesMoveStamp: true,
  unauthorisedNext: 0,
  sessionLifetimeMs: 3_600_000,
  rateLimitNext: 0,
  retryAfterSeconds: 1,
  retryAfterForm: "seconds",
  brokenNext: 0,
  errorInsideOk: false,
  htmlErrors: false,
  notFoundForEmptyList: false,
  emptyPageNext: 0,
  lostBeforeWriteNext: 0,
  lostAfterWriteNext: 0,
  commitAfterMs: 0,
  lostBy: "close",
  refuseEveryNth: 0,
  nameLimit: 0,
  ignoreTransitions: false,
  followUpMs: 0,
  dropUnknownFields: true,
  withoutProbe: false,
  duplicateAs: "conflict",
  deletesLeaveTrace: false,
  loseEveryNthHook: 0,
  hookCopies: 1,
  hookDelayMs: 0,
};

type Countdown = {
  [Key in keyof Misbehaviour]: Misbehaviour[Key] extends number ? Key : never;
}[keyof Misbehaviour] &
  `${string}Next`;

/** Whether this request is one of the next N to suffer; counts down. */
export function takeOne(misbehaviour: Misbehaviour, name: Countdown): boolean {
  if (misbehaviour[name] <= 0) return false;
  misbehaviour[name] -= 1;
  return true;
}
