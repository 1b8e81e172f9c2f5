import express, { type Request, type RequestHandler } from "express";
import { isStorable } from "../receive/storable.ts";
import { isUuid } from "../uuid.ts";
import { hasBody, RequestRefused } from "./problem.ts";

const BODY_LIMIT_BYTES = 100_000;
const LONGEST_TEXT = 500;

/** Reads a JSON object; anything else that comes as a body is refused by its content type. */
export function jsonBody(limitBytes = BODY_LIMIT_BYTES): RequestHandler[] {
  return [requireJson, express.json({ limit: limitBytes, strict: true, type: "application/json" })];
}

const requireJson: RequestHandler = (request, _response, next) => {
  if (hasBody(request) && request.is("application/json") === false) {
    const given = request.get("content-type");
    throw new RequestRefused(
      415,
      given ? `the content type is ${given.slice(0, 100)}` : "the content type is missing",
      {
        field: "content-type",
        accepts: "application/json",
      },
    );
  }
  next();
};

/** For web hooks: the bytes as they came, because they are what was signed. */
export const rawBody = (limitBytes: number): RequestHandler =>
  express.raw({ limit: limitBytes, type: () => true });

export type Fields = Readonly<Record<string, unknown>>;

/** The body's properties; refuses a body that is no object and properties that nobody reads. */
export function bodyOf(request: Request, accepted: readonly string[]): Fields {
  const body: unknown = request.body ?? {};
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestRefused(400, "the body is no JSON object", { accepts: describe(accepted) });
  }
  return known(body as Fields, accepted);
}

export function queryOf(request: Request, accepted: readonly string[]): Fields {
  return known(request.query, accepted);
}

function known(fields: Fields, accepted: readonly string[]): Fields {
  const unknown = Object.keys(fields).find((name) => !accepted.includes(name));
  if (unknown === undefined) return fields;
  throw new RequestRefused(400, `"${unknown.slice(0, 100)}" is not known here`, {
    field: unknown.slice(0, 100),
    accepts: describe(accepted),
  });
}

const describe = (accepted: readonly string[]) =>
  accepted.length > 0 ? accepted.join(", ") : "no properties";

/** A text that must be there. */
export function textIn(fields: Fields, name: string, longest = LONGEST_TEXT): string {
  const text = optionalTextIn(fields, name, longest);
  if (text !== undefined) return text;
  throw new RequestRefused(400, `${name} is missing`, { field: name, accepts: "a text" });
}

export function optionalTextIn(fields: Fields, name: string, longest = LONGEST_TEXT): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const accepts = `a text of 1 to ${longest} characters`;
  if (typeof value !== "string" || value === "" || value.length > longest || !isStorable(value)) {
    throw new RequestRefused(400, `${name} is no such text`, { field: name, accepts });
  }
  return value;
}

export function choiceIn<Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly Choice[],
): Choice {
  const value = fields[name];
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new RequestRefused(400, value === undefined ? `${name} is missing` : `${name} is not accepted`, {
    field: name,
    value,
    accepts: choices.join(", "),
  });
}

export function flagIn(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new RequestRefused(400, `${name} is neither true nor false`, { field: name, accepts: "true, false" });
}

export function countIn(fields: Fields, name: string, fallback: number, most: number): number {
  const value = fields[name];
  if (value === undefined) return fallback;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new RequestRefused(400, `${name} is no such number`, {
    field: name,
    value,
    accepts: `a whole number from 1 to ${most}`,
  });
}

/** An id in the address or the body. */
export function idIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (isUuid(value)) return value.toLowerCase();
  throw new RequestRefused(400, `${name} is no id`, {
    field: name,
    value,
    accepts: "an id such as 0198c0de-0000-7000-8000-000000000000",
  });
}
