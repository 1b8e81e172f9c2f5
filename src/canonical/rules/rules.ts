import { visit } from "../references.ts";
import type { ObjectShape } from "../shape.ts";
import type { Body, Problem } from "../types.ts";
import { allocationsWithinPayment } from "./allocations.ts";
import { contactPoints } from "./contact-points.ts";
import { amountsFitCurrency, oneCurrency } from "./currencies.ts";
import { datesInOrder, periodsInOrder } from "./dates.ts";
import { packagesHoldLines } from "./package-lines.ts";
import { noPlaceholders } from "./placeholders.ts";
import { receivableAddsUp } from "./receivable.ts";
import type { Rule, ValueRule } from "./rule.ts";
import { totalsAddUp } from "./totals.ts";
import { uniqueKeys } from "./unique-keys.ts";

const EVERYWHERE: readonly ValueRule[] = [uniqueKeys, noPlaceholders, periodsInOrder, contactPoints];

/** Documents whose lines add up to totals in one currency. */
const PRICED: readonly Rule[] = [totalsAddUp, amountsFitCurrency];

/** Rules that know what an entity means. */
const PARTICULAR: Record<string, readonly Rule[]> = {
  quote: [
    ...PRICED,
    datesInOrder(
      ["issuedOn", "validUntil"],
      ["createdAt", "issuedOn"],
      ["issuedOn", "requestedDeliveryDate"],
    ),
  ],
  order: [
    ...PRICED,
    datesInOrder(
      ["placedAt", "requestedDeliveryDate"],
      ["placedAt", "promisedDeliveryDate"],
      ["placedAt", "cancellation.at"],
    ),
  ],
  "purchase-order": [
    ...PRICED,
    datesInOrder(
      ["issuedOn", "requestedDeliveryDate"],
      ["issuedOn", "promisedDeliveryDate"],
      ["issuedOn", "cancellation.at"],
    ),
  ],
  invoice: [...PRICED, datesInOrder(["issuedOn", "dueOn"])],
  shipment: [packagesHoldLines, datesInOrder(["shippedAt", "deliveredAt"])],
  return: [datesInOrder(["announcedOn", "receivedAt"], ["announcedOn", "deadline"])],
  payment: [allocationsWithinPayment, amountsFitCurrency],
  receivable: [receivableAddsUp],
  promotion: [oneCurrency],
  "service-case": [datesInOrder(["openedAt", "resolvedAt"], ["openedAt", "dueAt"])],
  "production-status": [datesInOrder(["startedAt", "finishedAt"])],
};

export function checkRules(entity: string, shape: ObjectShape, body: Body): Problem[] {
  const problems: Problem[] = [];
  visit(shape, body, "", (at, value, path) => {
    for (const rule of EVERYWHERE) problems.push(...rule(at, value, path));
  });
  for (const rule of PARTICULAR[entity] ?? []) problems.push(...rule(body, shape));
  return problems;
}
