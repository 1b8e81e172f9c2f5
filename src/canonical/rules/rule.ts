import type { Json } from "../../adapter-kit/contract.ts";
import type { ObjectShape, Shape } from "../shape.ts";
import type { Body, FieldPath, Problem } from "../types.ts";

/** A quality rule of an entity: what a schema cannot say. Given a body that its schema accepts; pure. */
export type Rule = (body: Body, shape: ObjectShape) => Problem[];

/** A quality rule of every value wherever it stands; all of them are asked in one walk through the body. */
export type ValueRule = (at: Shape, value: Json, path: FieldPath) => readonly Problem[];

/** Nothing wrong: the same empty list every time, because nearly every answer is this one. */
export const NONE: readonly Problem[] = [];
