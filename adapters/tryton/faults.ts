import {
  type Json,
  NaveError,
  type OperationReply,
  outcomeOfError,
  type WriteOutcome,
} from "../../src/adapter-kit/index.ts";

/**
 * PostgreSQL's own words for a transaction it rolled back because of others; trytond has repeated it already
 * (`[database] retry`), so nothing is written.
 */
const ROLLED_BACK =
  /could not serialize|deadlock detected|lock timeout|could not obtain lock|canceling statement/i;

/** The database connection broke: perhaps before the commit, perhaps after. */
const CONNECTION_LOST =
  /connection .*(closed|refused|terminat|lost)|terminating connection|could not connect/i;

/**
 * Translates the error that an HTTP 200 carries: `["UserError", [message, description, domain]]`,
 * `["UserWarning", [name, message, description]]`, `["ConcurrencyException", message]`, or `[text, traceback]` for whatever
 * else Python raised.
 */
export function faultOfAnswer(error: Json, method: string, writes: boolean): NaveError {
  const [kind, content] = Array.isArray(error) ? error : [undefined, undefined];
  const parts = (Array.isArray(content) ? content : [content]).map((part) =>
    typeof part === "string" ? part : "",
  );
  switch (kind) {
    case "ConcurrencyException":
      return new NaveError("NAVE_RECORD_STALE", `${method}: ${parts[0]}`);
    case "UserError":
      return refusal([parts[0], parts[1]].filter(Boolean).join(" "));
    case "UserWarning":
      return refusal(`Tryton asks for a person's consent: ${[parts[1], parts[2]].filter(Boolean).join(" ")}`);
    case "LoginException":
      return new NaveError("NAVE_CREDENTIALS_REFUSED", `${method}: Tryton asks for a further login step`);
    default:
      if (typeof kind === "string") return programmingFault(kind, method, writes);
      // something else than Tryton has answered
      return new NaveError(
        writes ? "NAVE_WRITE_IN_DOUBT" : "NAVE_SYSTEM_UNAVAILABLE",
        `${method}: no JSON-RPC answer`,
      );
  }
}

/** What an error means for one write or one operation; errors that concern every record alike are thrown on. */
export function outcomeOfFault(
  error: unknown,
): Extract<WriteOutcome, { kind: "stale" | "refused" | "unknown" | "unavailable" }> {
  if (!(error instanceof NaveError)) throw error;
  if (error.code === "NAVE_RECORD_STALE") return { kind: "stale" };
  if (error.code !== "NAVE_RECORD_REFUSED") return outcomeOfError(error);
  const { field, value, accepts } = error.detail;
  return {
    kind: "refused",
    text: error.message,
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value: value as Json }),
    ...(accepts === undefined ? {} : { accepts }),
  };
}

/** Operations take no lock token, so that "stale" can only mean that somebody was faster: try again. */
export function replyOfFault(error: unknown): OperationReply {
  const outcome = outcomeOfFault(error);
  return outcome.kind === "stale"
    ? { kind: "unavailable", text: "changed at the same time by somebody else" }
    : outcome;
}

/** A record that Tryton would refuse, found before it is sent. */
export function refused(
  text: string,
  detail: { field: string; value?: Json | undefined; accepts?: string },
): NaveError {
  const { value, ...rest } = detail;
  return new NaveError("NAVE_RECORD_REFUSED", text, value === undefined ? rest : { ...rest, value });
}

/** The texts of trytond/ir/message.xml put field, model and value in quotes. */
function refusal(text: string): NaveError {
  const field = /field "([^"]+)"/.exec(text)?.[1];
  const value =
    /value "([^"]*)"/.exec(text)?.[1] ?? /The (?:phone number|[^"]+?) "([^"]*)" for/.exec(text)?.[1];
  const accepts = ACCEPTS.find(([pattern]) => pattern.test(text))?.[1];
  return new NaveError("NAVE_RECORD_REFUSED", text, {
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value: value.slice(0, 200) }),
    ...(accepts === undefined ? {} : { accepts }),
  });
}

const ACCEPTS: [RegExp, string][] = [
  [/A value is required/, "a value"],
  [/must be unique/, "a value that no other record has"],
  [/phone number .* is not valid/, "a phone number with country code"],
  [/is not one of the allowed options/, "one of the options that Tryton offers for this field"],
  [/exceeds the limit of "(\d+)"/, "fewer digits"],
  [/is too long/, "a shorter text"],
  [/does not exist/, "the id of a record that exists"],
  [
    /is not valid according to its domain/,
    "a record that fits the others, such as an address of the same party",
  ],
  [/is not valid/, "a valid value of this kind"],
];

function programmingFault(text: string, method: string, writes: boolean): NaveError {
  const told = `${method}: ${text.slice(0, 300)}`;
  if (ROLLED_BACK.test(text)) return new NaveError("NAVE_SYSTEM_UNAVAILABLE", told);
  if (CONNECTION_LOST.test(text)) {
    return new NaveError(writes ? "NAVE_WRITE_IN_DOUBT" : "NAVE_SYSTEM_UNAVAILABLE", told);
  }
  return new NaveError("NAVE_RECORD_REFUSED", told);
}
