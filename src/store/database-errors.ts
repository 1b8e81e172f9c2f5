import { NaveError } from "../errors.ts";

const SERIALISATION_FAILURE = "40001";
const DEADLOCK = "40P01";
const FEATURE_NOT_SUPPORTED = "0A000";

/** SQLSTATE classes and codes that say the server is gone, full or going (PostgreSQL 15, appendix A). */
const UNAVAILABLE_STATES = /^(08...|25P03|53300|57P0[1-5])$/;
/** What Node and node-postgres report when the connection cannot be had or was lost. */
const UNAVAILABLE_TEXTS =
  /connection terminated|terminated unexpectedly|timeout exceeded when trying to connect|timeout expired|client has encountered a connection error|not queryable|read timeout|socket hang up/i;
const UNAVAILABLE_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|ERR_STREAM|ERR_SOCKET|EADDRNOTAVAIL)/;

/** Undone by the server for the sake of another transaction: the same work may succeed when it is run again. */
export function isWorthRepeating(error: unknown): boolean {
  const state = sqlState(error);
  return state === SERIALISATION_FAILURE || state === DEADLOCK || isOutdatedPlan(error);
}

/** A migration changed a table under a statement this connection had prepared; a new connection prepares it afresh. */
export function isOutdatedPlan(error: unknown): boolean {
  return sqlState(error) === FEATURE_NOT_SUPPORTED && /cached plan/.test((error as Error).message);
}

export function isConnectionLoss(error: unknown): boolean {
  const code = sqlState(error);
  if (UNAVAILABLE_STATES.test(code) || UNAVAILABLE_CODES.test(code)) return true;
  return code === "" && error instanceof Error && UNAVAILABLE_TEXTS.test(error.message);
}

/** The database is not there, or was lost: NAVE_HUB_UNAVAILABLE. Everything else passes with its SQLSTATE in `code`. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof NaveError || !isConnectionLoss(error)) return error;
  return new NaveError(
    "NAVE_HUB_UNAVAILABLE",
    `the hub's database did not answer: ${(error as Error).message || sqlState(error)}`,
    {},
    error,
  );
}

/** What a call to the database rejected with says that no other call would fare better. */
export function isDatabaseLost(error: unknown): boolean {
  return error instanceof NaveError && error.code === "NAVE_HUB_UNAVAILABLE" && isConnectionLoss(error.cause);
}

function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}
