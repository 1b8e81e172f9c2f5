import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  type Answer,
  type Face,
  HTML_500,
  type Refusal,
  RefusedError,
  type SandboxRecords,
} from "../../../src/adapter-kit/simulation/index.ts";
import { resolversOf } from "./resolvers.ts";

type Question = { operationName: string; query: string; variables: JsonObject };

/**
 * Vendure's admin API by operation name: every document of the adapter has a name of its own, so that nothing here needs to
 * understand GraphQL. Answers hold more fields than were asked for.
 */
export function graphqlFace(
  records: SandboxRecords,
  credentials: { user: string; password: string },
): { face: Face; endSessions: () => void } {
  const sessions = new Set<string>();
  const resolvers = resolversOf(records);
  const face: Face = {
    isSession: (call) => questionOf(call.body).operationName === "Login",
    isWrite: (call) => {
      const { operationName, query } = questionOf(call.body);
      return operationName !== "Login" && query.startsWith("mutation");
    },
    answer: async (call) => {
      const { operationName, variables } = questionOf(call.body);
      if (operationName === "Login") return login(variables);
      if (!sessions.has(/^Bearer (.+)$/.exec(call.headers.authorization ?? "")?.[1] ?? "")) {
        return failed("FORBIDDEN", "You are not currently authorized to perform this action");
      }
      try {
        const resolve = resolvers[operationName];
        if (resolve === undefined)
          return failed("GRAPHQL_VALIDATION_FAILED", `no simulation of ${operationName}`, 400);
        return json(200, { data: await resolve(variables) });
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        return records.misbehaviour.htmlErrors ? HTML_500 : refusalAnswer(error.refusal, operationName);
      }
    },
  };
  return { face, endSessions: () => sessions.clear() };

  function login({ user, password }: JsonObject): Answer {
    records.log({ method: "login", entity: "", id: "", kind: "session" });
    if (user !== credentials.user || password !== credentials.password) {
      return json(200, {
        data: { login: errorResult("INVALID_CREDENTIALS_ERROR", "The provided credentials are invalid") },
      });
    }
    const token = randomUUID();
    sessions.add(token);
    return json(200, { data: { login: { __typename: "CurrentUser" } } }, { "vendure-auth-token": token });
  }
}

function questionOf(body: string): Question {
  return JSON.parse(body) as Question;
}

/** What is taken is a member of a union type; everything else is among the errors. */
function refusalAnswer(refusal: Refusal, operationName: string): Answer {
  if (refusal.kind === "duplicate") {
    const field = operationName === "CreateCustomer" ? "createCustomer" : "updateCustomer";
    const result = errorResult("EMAIL_ADDRESS_CONFLICT_ERROR", "The email address is not available.");
    return json(200, { data: { [field]: result } });
  }
  return failed(refusal.kind === "missing" ? "ENTITY_NOT_FOUND" : "BAD_USER_INPUT", refusal.text);
}

function errorResult(errorCode: string, message: string): JsonObject {
  return { __typename: "ErrorResult", errorCode, message };
}

function failed(code: string, message: string, status = 200): Answer {
  return json(status, { errors: [{ message, extensions: { code } }], data: null });
}

function json(status: number, value: object, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}
