import { expect, test } from "vitest";
import type { Json } from "../../../src/adapter-kit/contract.ts";
import { isFormOf } from "../../../src/merge/is-form-of.ts";

const FORMS: [held: Json, sent: Json][] = [
  ["Donaudampfschifffahrts", "Donaudampfschifffahrtsgesellschaft"],
  ["MUSTER GMBH", "Muster  GmbH "],
  ["12.35", "12.345"],
  ["12.34", "12.349"],
  ["12", "12.4"],
  ["2026-11-20T00:00:00Z", "2026-11-20T10:15:00Z"],
  [true, true],
];

const EDITS: [held: Json | undefined, sent: Json | undefined][] = [
  ["by the clerk", "by the CRM"],
  ["", "as agreed"],
  ["Muster GmbH & Co. KG", "Muster GmbH"],
  ["12.36", "12.345"],
  ["1", "12.4"],
  ["2026-11-21T00:00:00Z", "2026-11-20T10:15:00Z"],
  [false, true],
  ["now there", undefined],
  [undefined, "was sent"],
];

test.each(FORMS)("%j is a form of %j", (held, sent) => {
  expect(isFormOf(held, sent)).toBe(true);
});

test.each(EDITS)("%j is no form of %j", (held, sent) => {
  expect(isFormOf(held, sent)).toBe(false);
});
