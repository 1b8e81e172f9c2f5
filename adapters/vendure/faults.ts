import {
  type Json,
  type JsonObject,
  NaveError,
  outcomeOfError,
  type WriteOutcome,
} from "../../src/adapter-kit/index.ts";

/** PostgreSQL's own words for values that it will refuse every time; Vendure has rolled the transaction back. */
const REFUSED_BY_DATABASE =
  /violates|invalid input syntax|out of range|too long for type|invalid byte sequence/i;

/**
 * Translates the `errors` of a GraphQL answer, which mostly comes with HTTP 200.
 *
 * The codes are those of Vendure's I18nErrors and of Apollo Server (seen on 3.7.3, November 2026); an error without a code is
 * whatever else was thrown inside Vendure.
 */
export function faultOfErrors(errors: Json, name: string, writes: boolean): NaveError {
  const first = (Array.isArray(errors) ? errors[0] : undefined) as JsonObject | undefined;
  const code = (first?.["extensions"] as JsonObject | undefined)?.["code"];
  const message =
    typeof first?.["message"] === "string" ? first["message"].slice(0, 500) : "an error without text";
  switch (code) {
    case "FORBIDDEN":
    case "UNAUTHORIZED":
      return new NaveError("NAVE_CREDENTIALS_REFUSED", `Vendure refuses ${name} to this user`, {
        accepts: "an administrator whose role has the permissions that the adapter's README lists",
      });
    case "ENTITY_NOT_FOUND":
      return new NaveError("NAVE_REFERENCE_MISSING", message);
    case "USER_INPUT_ERROR":
    case "BAD_USER_INPUT":
    case "ILLEGAL_OPERATION":
      return new NaveError("NAVE_RECORD_REFUSED", message);
    case "GRAPHQL_VALIDATION_FAILED":
      return new NaveError("NAVE_CONFIG_INVALID", `Vendure does not understand ${name}: ${message}`, {
        accepts: "Vendure 3 with the plugin of this adapter (shop-plugin/nave-plugin.js) and its migration",
      });
    default:
      if (REFUSED_BY_DATABASE.test(message)) return new NaveError("NAVE_RECORD_REFUSED", message);
      return new NaveError(writes ? "NAVE_WRITE_IN_DOUBT" : "NAVE_SYSTEM_UNAVAILABLE", `${name}: ${message}`);
  }
}

/** Throws when a mutation's result is one of the members of its union that Vendure calls ErrorResult. */
export function checkResult(result: Json | undefined): void {
  if (typeof result !== "object" || result === null || Array.isArray(result)) return;
  const code = result["errorCode"];
  if (typeof code !== "string") return;
  // The message is often only the name of an untranslated text; the particulars stand beside it.
  const particulars = ["transitionError", "paymentErrorMessage", "fulfillmentHandlerError"].map(
    (key) => result[key],
  );
  const text = [...particulars, result["message"]].find((value) => typeof value === "string");
  throw new NaveError("NAVE_RECORD_REFUSED", `Vendure refuses: ${text} (${code})`, { value: code });
}

export function isCode(error: unknown, code: NaveError["code"]): error is NaveError {
  return error instanceof NaveError && error.code === code;
}

/** A record that Vendure would refuse, found before anything is sent. */
export function refused(
  text: string,
  detail: { field?: string; value?: unknown; accepts?: string } = {},
): NaveError {
  return new NaveError("NAVE_RECORD_REFUSED", text, detail);
}

type Failed = Extract<WriteOutcome, { kind: "missing" | "refused" | "unknown" | "unavailable" }>;

/** What an error means for one write; errors that concern every record alike are thrown on. */
export function outcomeOfFault(error: unknown): Failed {
  if (isCode(error, "NAVE_REFERENCE_MISSING")) return { kind: "missing" };
  if (!isCode(error, "NAVE_RECORD_REFUSED")) return outcomeOfError(error);
  const { field, value, accepts } = error.detail;
  return {
    kind: "refused",
    text: error.message,
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value: value as Json }),
    ...(accepts === undefined ? {} : { accepts }),
  };
}
