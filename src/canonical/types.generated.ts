// Generated from schemas/ by scripts/generate-canonical.ts; do not edit.
import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Reference } from "./types.ts";

/** The body of each canonical type. */
export type CanonicalBodies = {
  "customer": Customer;
  "employee": Employee;
  "forecast": Forecast;
  "interaction": Interaction;
  "invoice": Invoice;
  "order": Order;
  "organisation-unit": OrganisationUnit;
  "payment": Payment;
  "price-list": PriceList;
  "product": Product;
  "production-status": ProductionStatus;
  "promotion": Promotion;
  "purchase-order": PurchaseOrder;
  "quote": Quote;
  "receivable": Receivable;
  "return": Return;
  "service-case": ServiceCase;
  "shipment": Shipment;
  "stock-level": StockLevel;
  "supplier": Supplier;
};

/** One step of a history. */
export type StatusChange = {
  key: string;
  status: string;
  at: string;
  reason?: string;
  /** May be shown in the shop or told on the phone. */
  visibleToCustomer?: boolean;
};

/** How near the customer is, since when and why. */
export type Lifecycle = {
  stage: "potential" | "target" | "active" | "lost";
  /** Of an active customer. */
  depth?: "first" | "repeat" | "loyal";
  since?: string;
  reason?: string;
  history?: StatusChange[];
};

/** What is known about a natural person; every part is optional and personal. */
export type Person = {
  /** As used in a letter, such as Dr. */
  title?: string;
  givenName?: string;
  middleName?: string;
  familyName?: string;
  nameSuffix?: string;
  sex?: "female" | "male" | "other";
  birthDate?: string;
  maritalStatus?: string;
  children?: number;
  householdSize?: number;
  education?: string;
  occupation?: string;
  employer?: string;
  incomeBand?: string;
  preferences?: string[];
};

/** A code from a list that is no public standard: the list is named beside it. */
export type ListedCode = {
  code: string;
  /** Name of the code list, such as `nace` or `erp-customer-group`. */
  list: string;
  /** What the code means, in words. */
  name?: string;
};

/** An amount together with its currency, where no document gives one. */
export type Money = {
  amount: string;
  currency: string;
};

export type ProductLine = {
  key: string;
  name: string;
  annualVolume?: Money;
};

export type Organisation = {
  legalName?: string;
  tradingName?: string;
  legalForm?: string;
  /** Line of business in words. */
  industry?: string;
  /** Line of business as a code with its list, such as NACE. */
  industryCode?: ListedCode;
  employees?: number;
  annualRevenue?: Money;
  capital?: Money;
  foundedOn?: string;
  regionsServed?: string[];
  /** What it makes or deals in, with volumes; kept for key accounts. */
  productLines?: ProductLine[];
};

/** From one day to another, both included; an open end is left out. */
export type Period = {
  from?: string;
  until?: string;
};

/** An address of a party, with what it is used for. */
export type PartyAddress = {
  key: string;
  use?: "billing" | "shipping" | "visiting" | "other";
  /** Name on the label, when it is not the party's own. */
  name?: string;
  /** Street and house number; may hold several lines. */
  street?: string;
  postalCode?: string;
  city?: string;
  /** State, province or county as the country writes it. */
  region?: string;
  country?: string;
  /** When the address holds. */
  period?: Period;
};

/** One way to reach a party. */
export type ContactPoint = {
  key: string;
  kind: "email" | "phone" | "mobile" | "fax" | "web" | "messenger";
  /** As it was given. */
  value: string;
  /** The phone number in international form, when `value` parses as one. */
  e164?: string;
  use?: "work" | "home" | "billing" | "shipping" | "service" | "other";
  /** Use this one first. */
  preferred?: boolean;
};

/** A number under which somebody knows the party or the item. */
export type Identifier = {
  key: string;
  /** Who gives the number: `customer-number`, `supplier-number`, `vat`, `tax`, `register`, `gln`, `duns`, `gtin`, `item-code`, `loyalty-card` or another name in lower case. */
  scheme: string;
  value: string;
  /** Whose number it is, when the scheme does not tell: name of a supplier or customer. */
  party?: string;
};

/** A person who acts for a party. */
export type Contact = {
  key: string;
  name: string;
  givenName?: string;
  familyName?: string;
  /** Function in the organisation, such as Sales Representative. */
  role?: string;
  /** What the contact may decide on. */
  decisionPower?: "decides" | "recommends" | "influences" | "uses" | "blocks";
  language?: string;
  contactPoints?: ContactPoint[];
  note?: string;
};

/** Where the customer came from, and how far that source is trusted. */
export type Acquisition = {
  source?: string;
  on?: string;
  /** 0 (hearsay) to 100 (proven). */
  trust?: number;
};

export type Rating = {
  /** The year. */
  key: string;
  grade: string;
};

/** What the customer is worth to the firm. Recency, frequency and turnover are computed where they are shown, never carried. */
export type Value = {
  /** Such as `top`, `large`, `medium`, `small`, or the firm's own class. */
  class?: string;
  ratings?: Rating[];
};

/** What may be sold on credit and what is outstanding; owned by the ERP. */
export type Credit = {
  limit?: string;
  /** Of every amount here. */
  currency?: string;
  rating?: string;
  /** How punctually the party pays. */
  reliability?: "prompt" | "late" | "poor";
  openBalance?: string;
  overdue?: string;
  asOf?: string;
  /** No further deliveries until it is cleared. */
  onHold?: boolean;
};

export type PaymentTerms = {
  /** The terms' code or name in the leading system. */
  code?: string;
  text?: string;
  /** Days until payment is due. */
  dueDays?: number;
  discountDays?: number;
  discountPercent?: string;
};

export type DeliveryTerms = {
  /** Incoterm or the firm's own code. */
  code?: string;
  place?: string;
  /** How it travels, such as `parcel` or `pick-up`. */
  method?: string;
  /** May be delivered in parts. */
  partialAllowed?: boolean;
};

/** May a channel be used for a purpose, since when, and what proves it. */
export type Consent = {
  key: string;
  /** Such as `marketing`, `service`, `profiling`. */
  purpose: string;
  channel?: "email" | "phone" | "mail" | "messenger" | "any";
  /** true: opted in; false: opted out. */
  given: boolean;
  at?: string;
  /** What shows it, such as the id of a confirmation mail. */
  proof?: string;
};

export type SerialNumber = {
  /** Kind of serial number, such as `device`, `engine`, `imei`. */
  key: string;
  value: string;
};

export type Repair = {
  key: string;
  on: string;
  description?: string;
  serviceCase?: Reference;
};

/** An item in the customer's hands. */
export type InstalledItem = {
  key: string;
  item?: Reference;
  description?: string;
  serials?: SerialNumber[];
  acquiredBy?: "purchase" | "lease" | "loan";
  since?: string;
  warrantyUntil?: string;
  serviceContract?: string;
  serviceTerms?: string;
  repairs?: Repair[];
};

/** Satisfaction, and standing in the loyalty scheme. */
export type Loyalty = {
  /** 0 (lost) to 100 (delighted). */
  satisfaction?: number;
  tier?: string;
  points?: number;
  cardNumber?: string;
};

export type Merger = {
  key: string;
  event: "merged" | "split";
  with?: Reference;
  at?: string;
  reason?: string;
};

/** A party that buys, or may buy: a person or an organisation. One record for all departments and entry points. */
export type Customer = {
  /** The name to show and to sort by. */
  name: string;
  kind?: "consumer" | "business" | "intermediary" | "public";
  /** The firm's own type of relation, such as `key-account`. */
  relation?: string;
  lifecycle?: Lifecycle;
  /** When the customer is a natural person. */
  person?: Person;
  /** When the customer is an organisation. */
  organisation?: Organisation;
  /** The customer it belongs to, such as the group above a subsidiary. */
  parent?: Reference;
  language?: string;
  /** In which the customer is usually billed. */
  currency?: string;
  website?: string;
  addresses?: PartyAddress[];
  contactPoints?: ContactPoint[];
  identifiers?: Identifier[];
  contacts?: Contact[];
  /** Who looks after the customer. */
  responsible?: Reference;
  priceList?: Reference;
  acquisition?: Acquisition;
  value?: Value;
  credit?: Credit;
  paymentTerms?: PaymentTerms;
  deliveryTerms?: DeliveryTerms;
  consent?: Consent[];
  /** Items the customer owns or leases. */
  installedBase?: InstalledItem[];
  loyalty?: Loyalty;
  /** The surviving customer, when this one was merged into it. */
  duplicateOf?: Reference;
  /** Which customers were merged into this one or split off. */
  mergers?: Merger[];
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** Someone who works for the firm, as far as other records refer to them. */
export type Employee = {
  name: string;
  number?: string;
  givenName?: string;
  familyName?: string;
  title?: string;
  /** Login name, where a system knows one. */
  user?: string;
  status?: "active" | "inactive";
  unit?: Reference;
  manager?: Reference;
  language?: string;
  contactPoints?: ContactPoint[];
  /** When employed. */
  period?: Period;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** How much of what: a decimal with its unit of measure. */
export type Quantity = {
  value: string;
  unit: string;
};

export type ForecastLine = {
  key: string;
  item: Reference;
  period: Period;
  quantity: Quantity;
  /** Binding, not merely planned. */
  firm?: boolean;
  /** Code of the warehouse or plant. */
  place?: string;
};

/** A plan of quantities over periods: what will be sold, made or replenished. */
export type Forecast = {
  number: string;
  kind: "sales" | "production" | "replenishment";
  supplier?: Reference;
  buyer?: Reference;
  organisationUnit?: Reference;
  issuedOn?: string;
  /** The whole it covers. */
  period?: Period;
  lines: ForecastLine[];
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type Attachment = {
  key: string;
  name: string;
  mediaType?: string;
  url?: string;
};

/** Something that passed between a customer and the firm, whatever the channel. */
export type Interaction = {
  number?: string;
  kind: "call" | "email" | "letter" | "message" | "visit" | "promotion" | "web" | "event";
  direction: "in" | "out";
  at: string;
  durationSeconds?: number;
  customer?: Reference;
  contact?: string;
  /** Number or address used. */
  contactPoint?: string;
  employee?: Reference;
  subject?: string;
  /** Text, or a summary of what was said. */
  body?: string;
  outcome?: string;
  attachments?: Attachment[];
  serviceCase?: Reference;
  quote?: Reference;
  order?: Reference;
  promotion?: Reference;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** Another document that this one mentions, by the number printed on it. */
export type DocumentReference = {
  key: string;
  /** Such as `customer-order`, `quote`, `contract`, `despatch-advice`, `edi-interchange`; lower case. */
  kind: string;
  number: string;
  issuedOn?: string;
};

/** How the totals are rounded, so that everyone who adds up gets the same. */
export type Rounding = {
  /** What happens to exactly one half: away from zero, or to the even neighbour. */
  mode: "half-up" | "half-even";
  /** Decimals of a rounded amount. */
  digits: number;
  /** `line`: net and tax of each line are rounded, then added. `document`: line amounts are added as they stand, then net and the tax of each rate are rounded once. */
  per: "line" | "document";
};

/** One position of an invoice or credit note; not every position is an item. */
export type InvoiceLine = {
  key: string;
  /** Key of the line of the order it bills. */
  orderLine?: string;
  item?: Reference;
  description?: string;
  quantity?: Quantity;
  /** Per unit, without tax, before discount. */
  unitPrice?: string;
  discountPercent?: string;
  /** Taken off the whole line, after the percentage. */
  discountAmount?: string;
  /** Quantity times price less discounts, without tax. */
  netAmount: string;
  taxPercent?: string;
  note?: string;
};

/** Freight, a fee or a discount on the whole document. */
export type Charge = {
  key: string;
  kind: "freight" | "fee" | "discount";
  /** Without tax, signed as it enters the total: a discount is negative. */
  amount: string;
  taxPercent?: string;
  description?: string;
};

/** What the document adds up to under its rounding. */
export type Totals = {
  /** Sum of the lines' net amounts. */
  lines: string;
  /** Sum of the charges; left out it counts as none. */
  charges?: string;
  /** Lines and charges. */
  net: string;
  tax?: string;
  /** Net and tax. */
  gross?: string;
};

/** A postal address as it stands on a document. */
export type Address = {
  /** Name on the label, when it is not the party's own. */
  name?: string;
  /** Street and house number; may hold several lines. */
  street?: string;
  postalCode?: string;
  city?: string;
  /** State, province or county as the country writes it. */
  region?: string;
  country?: string;
};

/** A claim for payment, or a credit note that takes one back. Amounts of a credit note are positive. */
export type Invoice = {
  number: string;
  kind: "invoice" | "credit-note";
  order?: Reference;
  shipment?: Reference;
  /** The invoice a credit note takes back. */
  corrects?: Reference;
  documents?: DocumentReference[];
  buyer: Reference;
  seller?: Reference;
  issuedOn?: string;
  dueOn?: string;
  servicePeriod?: Period;
  currency: string;
  status?: "draft" | "posted" | "paid" | "cancelled";
  rounding?: Rounding;
  lines?: InvoiceLine[];
  charges?: Charge[];
  totals?: Totals;
  paidAmount?: string;
  paymentTerms?: PaymentTerms;
  billingAddress?: Address;
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type Option = {
  /** Name of the option, such as `colour`. */
  key: string;
  value: string;
};

/** Why and when it was called off. */
export type Cancellation = {
  reason: string;
  at?: string;
};

/** One position of an order: what, how much, at what price, and how far it has got. */
export type OrderLine = {
  /** The line's number, stable for the life of the order. */
  key: string;
  item: Reference;
  description?: string;
  quantity: Quantity;
  /** Per unit, without tax, before discount. */
  unitPrice: string;
  discountPercent?: string;
  /** Taken off the whole line, after the percentage. */
  discountAmount?: string;
  /** Quantity times price less discounts, without tax. */
  netAmount: string;
  taxPercent?: string;
  /** Options chosen for an item that is made to order. */
  configuration?: Option[];
  requestedDeliveryDate?: string;
  promisedDeliveryDate?: string;
  /** Stock promised to this line. */
  reservedQuantity?: Quantity;
  shippedQuantity?: Quantity;
  invoicedQuantity?: Quantity;
  status?: "open" | "frozen" | "partly-shipped" | "shipped" | "cancelled";
  cancellation?: Cancellation;
  note?: string;
};

/** What was invoiced, credited and paid so far; owned by the ERP. */
export type Settlement = {
  invoiced?: string;
  credited?: string;
  paid?: string;
};

/** What a customer ordered from the firm, and how far it has been fulfilled. */
export type Order = {
  /** The front office's order number. */
  number: string;
  /** Other numbers: the customer's own order, the quote, the order in the ERP. */
  documents?: DocumentReference[];
  /** The quote it was made from. */
  quote?: Reference;
  /** The order this one was split from. */
  partOf?: Reference;
  buyer: Reference;
  /** Who pays, when it is not the buyer. */
  payer?: Reference;
  /** Who receives, when it is not the buyer. */
  consignee?: Reference;
  /** Which part of the firm sells. */
  seller?: Reference;
  salesPerson?: Reference;
  placedAt?: string;
  requestedDeliveryDate?: string;
  promisedDeliveryDate?: string;
  /** How it came in, such as `web-shop`, `phone`, `edi`. */
  channel?: string;
  /** A pre-order waits for an item not yet available. */
  kind?: "standard" | "pre-order";
  currency: string;
  status?: "placed" | "confirmed" | "on-hold" | "cancelled" | "completed";
  deliveryStatus?: "none" | "partial" | "shipped";
  invoiceStatus?: "none" | "partial" | "invoiced";
  paymentStatus?: "none" | "partial" | "paid";
  /** Status changes, as far as anybody is told of them. */
  history?: StatusChange[];
  rounding: Rounding;
  lines: OrderLine[];
  charges?: Charge[];
  totals: Totals;
  billingAddress?: Address;
  deliveryAddress?: Address;
  /** Such as `invoice`, `card`, `direct-debit`. */
  paymentMethod?: string;
  paymentTerms?: PaymentTerms;
  deliveryTerms?: DeliveryTerms;
  cancellation?: Cancellation;
  settlement?: Settlement;
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** A company, branch, department or warehouse of the firm itself. */
export type OrganisationUnit = {
  name: string;
  code?: string;
  kind?: "company" | "branch" | "department" | "team" | "warehouse";
  status?: "active" | "inactive";
  parent?: Reference;
  head?: Reference;
  currency?: string;
  identifiers?: Identifier[];
  addresses?: PartyAddress[];
  contactPoints?: ContactPoint[];
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type Allocation = {
  key: string;
  invoice: Reference;
  amount: string;
};

/** Money received, and the invoices it settles. Card numbers are never carried. */
export type Payment = {
  number: string;
  buyer?: Reference;
  /** When it was paid before any invoice. */
  order?: Reference;
  /** Negative for a refund. */
  amount: string;
  currency: string;
  /** Such as `bank-transfer`, `card`, `cash`. */
  method?: string;
  /** The payment provider's own number. */
  transaction?: string;
  status?: "pending" | "received" | "refused" | "refunded";
  paidOn: string;
  /** Which invoices it settles, and by how much. */
  allocations?: Allocation[];
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type ListedPrice = {
  key: string;
  item: Reference;
  /** Per unit, in the list's currency. */
  amount: string;
  minimumQuantity?: Quantity;
  period?: Period;
};

/** Prices that hold together: for a region, a group of customers, a period. */
export type PriceList = {
  number: string;
  name: string;
  status?: "draft" | "active" | "expired";
  currency: string;
  taxIncluded?: boolean;
  region?: string;
  customerGroup?: string;
  period?: Period;
  prices?: ListedPrice[];
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** What one unit costs, for whom, from how many, and when. */
export type Price = {
  /** Such as `list`, or `list-10` for ten and more. */
  key: string;
  /** Per unit, without tax. */
  amount: string;
  currency: string;
  /** Holds from this quantity on. */
  minimumQuantity?: Quantity;
  region?: string;
  customerGroup?: string;
  priceList?: Reference;
  period?: Period;
};

/** How it is made, by the codes of the planning system. */
export type Production = {
  billOfMaterial?: string;
  routing?: string;
  workCentre?: string;
};

/** Something that is sold, bought or made. */
export type Product = {
  /** The firm's own item code. */
  number: string;
  name: string;
  description?: string;
  status?: "active" | "discontinued";
  category?: string;
  /** In which it is sold and counted. */
  unit?: string;
  /** Kept in stock; false for services and items bought or made to order. */
  stocked?: boolean;
  /** Codes others use: GTIN, a supplier's, a customer's. */
  identifiers?: Identifier[];
  prices?: Price[];
  taxCategory?: string;
  taxPercent?: string;
  weight?: Quantity;
  /** From order to readiness. */
  leadTimeDays?: number;
  /** From whom it is usually bought. */
  supplier?: Reference;
  production?: Production;
  /** What replaces it. */
  successor?: Reference;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type Stage = {
  key: string;
  name?: string;
  workCentre?: string;
  status?: "open" | "started" | "finished";
  startedAt?: string;
  finishedAt?: string;
};

/** How far an item that is made to order has got. */
export type ProductionStatus = {
  workOrder: string;
  order?: Reference;
  /** Key of the order's line. */
  orderLine?: string;
  item?: Reference;
  /** To be made. */
  quantity?: Quantity;
  completedQuantity?: Quantity;
  scrappedQuantity?: Quantity;
  /** As the plant calls it, such as `welding`. */
  stage?: string;
  status?: "planned" | "released" | "started" | "paused" | "finished" | "cancelled";
  stages?: Stage[];
  plannedPeriod?: Period;
  startedAt?: string;
  finishedAt?: string;
  /** When it is expected to be finished. */
  expectedOn?: string;
  delayReason?: string;
  asOf: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type PromotedItem = {
  key: string;
  item: Reference;
  price?: Money;
};

/** A campaign or discount offered for a time. */
export type Promotion = {
  number: string;
  name: string;
  status?: "planned" | "running" | "ended" | "cancelled";
  channel?: string;
  couponCode?: string;
  period?: Period;
  discountPercent?: string;
  discountAmount?: Money;
  minimumOrder?: Money;
  customerGroup?: string;
  region?: string;
  /** Items it holds for; none means all. */
  items?: PromotedItem[];
  description?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** What the firm orders from a supplier. */
export type PurchaseOrder = {
  number: string;
  /** The customer's order behind it. */
  order?: Reference;
  supplier?: Reference;
  documents?: DocumentReference[];
  currency: string;
  issuedOn?: string;
  requestedDeliveryDate?: string;
  /** As the supplier confirmed it. */
  promisedDeliveryDate?: string;
  status?: "sent" | "accepted" | "rejected" | "partly-shipped" | "shipped";
  history?: StatusChange[];
  rounding?: Rounding;
  lines?: OrderLine[];
  charges?: Charge[];
  totals?: Totals;
  deliveryAddress?: Address;
  paymentTerms?: PaymentTerms;
  deliveryTerms?: DeliveryTerms;
  cancellation?: Cancellation;
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** An offer to a customer, or the opportunity of one; it converts into an order. */
export type Quote = {
  number: string;
  /** What it is about. */
  title?: string;
  documents?: DocumentReference[];
  buyer: Reference;
  seller?: Reference;
  salesPerson?: Reference;
  stage?: "lead" | "qualified" | "quoted" | "negotiating" | "won" | "lost";
  probabilityPercent?: string;
  /** Before there are lines, in `currency`. */
  estimatedValue?: string;
  lostReason?: string;
  createdAt?: string;
  issuedOn?: string;
  validUntil?: string;
  expectedOrderDate?: string;
  requestedDeliveryDate?: string;
  channel?: string;
  currency?: string;
  history?: StatusChange[];
  rounding?: Rounding;
  lines?: OrderLine[];
  charges?: Charge[];
  totals?: Totals;
  billingAddress?: Address;
  deliveryAddress?: Address;
  paymentTerms?: PaymentTerms;
  deliveryTerms?: DeliveryTerms;
  /** What it became. */
  order?: Reference;
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type OpenItem = {
  key: string;
  invoice?: Reference;
  number?: string;
  issuedOn?: string;
  dueOn?: string;
  amount?: string;
  open: string;
};

export type AgeBand = {
  /** Such as `0-30`. */
  key: string;
  fromDays?: number;
  untilDays?: number;
  amount: string;
};

/** What a customer owes, item by item and by age; owned by the ERP. */
export type Receivable = {
  buyer: Reference;
  currency: string;
  asOf: string;
  items?: OpenItem[];
  /** Open amounts by days overdue. */
  ages?: AgeBand[];
  total?: string;
  overdue?: string;
  dunningLevel?: number;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

/** Lot or serial number of what was shipped, counted or received. */
export type Lot = {
  /** The lot number or serial number. */
  key: string;
  kind?: "lot" | "serial";
  quantity?: Quantity;
  expiresOn?: string;
};

export type ReturnLine = {
  key: string;
  /** Key of the order's line. */
  orderLine?: string;
  item?: Reference;
  quantity: Quantity;
  reason?: string;
  condition?: "unopened" | "as-new" | "used" | "damaged" | "defective";
  /** What the inspection found. */
  inspection?: string;
  accepted?: boolean;
  lots?: Lot[];
};

/** Goods that come back: announced, received, inspected, refunded or exchanged. */
export type Return = {
  number: string;
  order: Reference;
  buyer?: Reference;
  shipment?: Reference;
  invoice?: Reference;
  /** The complaint behind it. */
  serviceCase?: Reference;
  documents?: DocumentReference[];
  status?: "announced" | "approved" | "refused" | "received" | "inspected" | "closed";
  announcedOn?: string;
  /** Last day on which it is taken back. */
  deadline?: string;
  receivedAt?: string;
  freightPaidBy?: "buyer" | "seller";
  /** What the customer gets. */
  settlement?: "refund" | "exchange" | "repair" | "credit" | "none";
  refundAmount?: string;
  currency?: string;
  /** The order of the replacement. */
  exchangeOrder?: Reference;
  creditNote?: Reference;
  lines?: ReturnLine[];
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type WarrantyCheck = {
  covered?: boolean;
  until?: string;
  contract?: string;
  checkedAt?: string;
};

export type DepartmentConcerned = {
  key: string;
  unit?: Reference;
  informedAt?: string;
};

export type Step = {
  key: string;
  text: string;
  status?: "open" | "done" | "skipped";
  deadline?: string;
  responsible?: Reference;
  unit?: Reference;
  doneAt?: string;
};

export type Approval = {
  key: string;
  what: string;
  by?: Reference;
  decision?: "pending" | "approved" | "refused";
  at?: string;
  reason?: string;
};

/** A request, complaint, repair or call-back, from its opening to its resolution. */
export type ServiceCase = {
  number: string;
  kind: "request" | "complaint" | "repair" | "call-back";
  subject?: string;
  description?: string;
  customer: Reference;
  /** Who asked. */
  contact?: string;
  channel?: "phone" | "email" | "mail" | "web" | "messenger" | "visit" | "shop";
  priority?: "low" | "normal" | "high" | "urgent";
  status?: "open" | "waiting" | "escalated" | "resolved" | "closed" | "cancelled";
  openedAt?: string;
  resolvedAt?: string;
  dueAt?: string;
  order?: Reference;
  invoice?: Reference;
  shipment?: Reference;
  item?: Reference;
  serialNumber?: string;
  warranty?: WarrantyCheck;
  responsible?: Reference;
  /** Every department it concerns; each is told. */
  departments?: DepartmentConcerned[];
  steps?: Step[];
  approvals?: Approval[];
  resolution?: string;
  /** 0 (very dissatisfied) to 100. */
  satisfaction?: number;
  history?: StatusChange[];
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type ShipmentLine = {
  key: string;
  /** Key of the order's line. */
  orderLine?: string;
  item?: Reference;
  quantity: Quantity;
  receivedQuantity?: Quantity;
  damagedQuantity?: Quantity;
  damage?: string;
  lots?: Lot[];
};

export type Package = {
  key: string;
  /** Such as `carton`, `pallet`. */
  kind?: string;
  /** Serial shipping container code. */
  sscc?: string;
  trackingNumber?: string;
  weight?: Quantity;
  /** Keys of the shipment lines inside. */
  lines?: string[];
};

/** Goods that leave for the customer, in part or in whole. */
export type Shipment = {
  number: string;
  order: Reference;
  /** When a supplier ships directly. */
  purchaseOrder?: Reference;
  documents?: DocumentReference[];
  status?: "planned" | "picked" | "packed" | "shipped" | "delivered" | "cancelled";
  /** More of the order follows. */
  partial?: boolean;
  plannedDate?: string;
  shippedAt?: string;
  deliveredAt?: string;
  carrier?: string;
  trackingNumber?: string;
  trackingUrl?: string;
  deliveryAddress?: Address;
  lines?: ShipmentLine[];
  packages?: Package[];
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type Place = {
  /** Code of the warehouse. */
  key: string;
  kind: "own" | "supplier" | "hub" | "transit";
  name?: string;
};

export type ExpectedReceipt = {
  key: string;
  date: string;
  quantity: Quantity;
  purchaseOrder?: Reference;
};

/** How much of an item is where, as of an instant. */
export type StockLevel = {
  item: Reference;
  place?: Place;
  onHand?: Quantity;
  reserved?: Quantity;
  available?: Quantity;
  /** What is to come, and when. */
  expected?: ExpectedReceipt[];
  lots?: Lot[];
  asOf: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};

export type SuppliedItem = {
  key: string;
  item?: Reference;
  /** The supplier's item code. */
  number?: string;
  leadTimeDays?: number;
  minimumQuantity?: Quantity;
};

/** How well it has delivered. */
export type Quality = {
  grade?: string;
  onTimePercent?: string;
  complaintPercent?: string;
  asOf?: string;
};

/** A party the firm buys from. */
export type Supplier = {
  /** The name to show and to sort by. */
  name: string;
  status?: "active" | "blocked" | "inactive";
  /** When the supplier is a natural person. */
  person?: Person;
  organisation?: Organisation;
  language?: string;
  /** In which the supplier bills. */
  currency?: string;
  website?: string;
  addresses?: PartyAddress[];
  contactPoints?: ContactPoint[];
  identifiers?: Identifier[];
  contacts?: Contact[];
  /** The firm's buyer. */
  responsible?: Reference;
  paymentTerms?: PaymentTerms;
  deliveryTerms?: DeliveryTerms;
  /** From purchase order to receipt, as agreed. */
  leadTimeDays?: number;
  /** Least value of an order. */
  minimumOrder?: Money;
  /** What it supplies, on what terms. */
  items?: SuppliedItem[];
  quality?: Quality;
  note?: string;
  /** Fields of a system that nobody mapped, carried so that a round trip loses nothing: system, then the native field name, then its value. */
  extensions?: { [system: string]: JsonObject };
};
