const TOTALS = "roundingMode roundingPer linesCents feesCents netCents taxCents grossCents";

/** The properties that the Sandbox CRM knows, by its own record names. */
export const FIELDS = {
  account: names(
    "externalRef customerNumber type displayName salutation firstName lastName birthday companyName tradingName",
    "industry language website stage stageSince vatNumber addresses channels contacts creditLimitCents",
    "creditCurrency creditRating creditHold openBalanceCents overdueCents paymentTerms devices notes archived",
  ),
  item: names(
    "externalRef sku title description active uom stocked gtin listPriceCents currency taxClass taxPercent archived",
  ),
  pricelist: names(
    "externalRef listNumber title status currency region accountGroup validFrom validUntil prices archived",
  ),
  quote: names(
    "externalRef quoteNumber title accountId stage lostReason createdOn validUntil wantedOn channel currency lines orderId",
    "notes archived",
    TOTALS,
  ),
  order: names(
    "externalRef orderNumber erpOrderNumber accountId quoteId placedAt wantedOn promisedOn channel currency status deliveryStatus",
    "invoiceStatus paymentStatus lines fees billTo shipTo paymentMethod paymentTerms deliveryTerms",
    "cancelReason cancelledAt invoicedCents creditedCents paidCents notes archived",
    TOTALS,
  ),
  shipment: names(
    "externalRef number orderId status shippedAt deliveredAt carrier trackingCode lines archived",
  ),
  invoice: names(
    "externalRef number kind orderId accountId issuedOn dueOn currency status lines fees paidCents correctsId archived",
    TOTALS,
  ),
  payment: names("externalRef number accountId amountCents currency method paidOn allocations archived"),
  stock: names(
    "externalRef itemId place placeKind placeName uom onHand reserved available expected asOf archived",
  ),
  case: names(
    "externalRef caseNumber kind subject description accountId contactName channel priority status openedAt resolvedAt",
    "dueAt orderId invoiceId shipmentId itemId serialNumber warrantyCovered warrantyUntil warrantyCheckedAt departments",
    "steps approvals resolution satisfaction archived",
  ),
};

function names(...lists: string[]): string[] {
  return lists.flatMap((list) => list.split(" "));
}
