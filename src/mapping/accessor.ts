import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { Reader, Writer } from "./scope.ts";

/**
 * Property access for the closures of a compiled mapping, one small generated function per place of use.
 *
 * V8 keeps what it learns about an access with the function it stands in. A closure over a property name shares that with
 * all its siblings and is four times slower (measured with 35 fields, Node 24; docs/decisions/0102-generated-accessors.md).
 * Names enter the generated source as JSON texts only.
 */

type Getter = (from: JsonObject) => Json | undefined;
type Setter = (into: JsonObject, value: Json) => void;
type CopyingSetter = (into: JsonObject, value: Json, held: JsonObject | undefined) => void;

/** Reads a path of properties; anything in the way that is no object makes the value absent. */
export function propertyReader(names: readonly string[]): Getter {
  const steps = names
    .slice(0, -1)
    .map(
      (name) => `o=o[${quoted(name)}];if(typeof o!=="object"||o===null||Array.isArray(o))return undefined;`,
    );
  return generate(["o"], `${steps.join("")}return o[${quoted(names.at(-1) ?? "")}]`) as Getter;
}

/** Writes a path of properties, making the objects on the way. */
export function propertyWriter(names: readonly string[]): Setter {
  const steps = names.slice(0, -1).map((name) => {
    const at = `o[${quoted(name)}]`;
    return `p=${at};if(typeof p!=="object"||p===null){p={};${at}=p}o=p;`;
  });
  return generate(
    ["o", "v"],
    `${steps.length > 0 ? "let p;" : ""}${steps.join("")}o[${quoted(names.at(-1) ?? "")}]=v`,
  ) as Setter;
}

/**
 * Writes a path of properties into a copy of `held`, copying every object on the way that `held` still owns. An empty value is
 * not worth making an object for.
 */
export function copyingWriter(names: readonly string[]): CopyingSetter {
  const steps = names.slice(0, -1).map((name) => {
    const at = `[${quoted(name)}]`;
    return (
      `p=o${at};h=typeof h==="object"&&h!==null?h${at}:undefined;` +
      `if(typeof p!=="object"||p===null||Array.isArray(p)){if(v===null||v==="")return;p={};o${at}=p}` +
      `else if(p===h){p={...p};o${at}=p}o=p;`
    );
  });
  return generate(
    ["o", "v", "h"],
    `let p;${steps.join("")}o[${quoted(names.at(-1) ?? "")}]=v`,
  ) as CopyingSetter;
}

/** Makes an object of one property. */
export function propertyMaker(name: string): (value: Json) => JsonObject {
  return generate(["v"], `return {${quoted(name)}:v}`) as (value: Json) => JsonObject;
}

/** Calls readers one after the other; true when one of them was. */
export function readAll(readers: readonly Reader[]): Reader {
  return unrolled(
    readers,
    ["n", "b", "p"],
    (call) => `if(${call})f=true;`,
    "let f=false;",
    "return f",
  ) as Reader;
}

/** Calls writers one after the other. */
export function writeAll(writers: readonly Writer[]): Writer {
  return unrolled(writers, ["b", "i", "h", "p"], (call) => `${call};`, "", "") as Writer;
}

/** Calls written out one by one, so that V8 knows each one's target and can inline it; a loop's target is never known. */
function unrolled(
  functions: readonly unknown[],
  parameters: readonly string[],
  statement: (call: string) => string,
  before: string,
  after: string,
): unknown {
  const names = functions.map((_each, index) => `f${index}`);
  const calls = names.map((name) => statement(`${name}(${parameters.join(",")})`));
  const make = generate(names, `return (${parameters.join(",")})=>{${before}${calls.join("")}${after}}`) as (
    ...all: unknown[]
  ) => unknown;
  return make(...functions);
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

function generate(parameters: readonly string[], body: string): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- the point of this file; names are JSON texts
  return new Function(...parameters, `"use strict";${body}`);
}
