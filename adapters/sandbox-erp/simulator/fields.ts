const COMMON = "ExternalRef Blocked";
const SUMS = "RoundMode RoundPer SumPositions SumCharges SumNet SumTax SumGross";

/** The properties that the Sandbox ERP knows, by its own record names; service.wsdl has their types. */
export const FIELDS = {
  Customer: names(
    COMMON,
    "CustNo CustKind Name1 Salutation GivenName FamilyName BirthDate LegalName Lang Email Phone Mobile Fax Web TaxId",
    "Addresses Contacts CreditLimit CreditCurr CreditClass CreditHold OpenBalance Overdue PayTerms Memo",
  ),
  Article: names(COMMON, "ArticleNo Name LongText State Unit StockItem Ean Price PriceCurr TaxCode TaxPct"),
  PriceList: names(COMMON, "ListNo Name State Curr Region CustGroup From Until Prices"),
  SalesOrder: names(
    COMMON,
    "OrderNo CustRef CustomerId OrderDate ReqDate PromDate Channel Curr State DelivState InvState PayState Positions",
    "Charges BillTo ShipTo PayMethod PayTerms DelTerms CancelReason CancelledAt AmtInvoiced AmtCredited AmtPaid Memo",
    SUMS,
  ),
  Delivery: names(COMMON, "DeliveryNo SalesOrderId State ShippedAt DeliveredAt Carrier TrackingNo Positions"),
  Invoice: names(
    COMMON,
    "InvoiceNo Kind SalesOrderId CustomerId IssueDate DueDate Curr State Positions Charges AmtPaid CorrectsId",
    SUMS,
  ),
  Receipt: names(COMMON, "ReceiptNo CustomerId Amount Curr Method PaidOn Allocations"),
  Stock: names(COMMON, "ArticleId Place PlaceKind PlaceName Unit OnHand Reserved Available Expected AsOf"),
};

function names(...lists: string[]): string[] {
  return lists.flatMap((list) => list.split(" "));
}
