import type { Readable } from "node:stream";
import { NaveError } from "../errors.ts";

const MAX_LINE_CHARACTERS = 64 * 1024 * 1024;

/** Reads newline-delimited JSON, holding one line at a time; refuses what is no object or list, and lines over 64 million characters. */
export async function* readJsonLines(source: Readable): AsyncGenerator<object> {
  let number = 0;
  for await (const text of readLines(source)) {
    number++;
    if (text === "") continue;
    yield parse(text, number);
  }
}

async function* readLines(source: Readable): AsyncGenerator<string> {
  source.setEncoding("utf8");
  let rest = "";
  for await (const chunk of source as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_CHARACTERS)
      throw new NaveError("NAVE_REQUEST_INVALID", "a line of the file is too long");
    yield* lines;
  }
  yield rest;
}

function parse(text: string, number: number): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NaveError("NAVE_REQUEST_INVALID", `line ${number} of the file is not JSON`, {}, error);
  }
  if (typeof value === "object" && value !== null) return value;
  throw new NaveError("NAVE_REQUEST_INVALID", `line ${number} of the file is neither an object nor a list`);
}
