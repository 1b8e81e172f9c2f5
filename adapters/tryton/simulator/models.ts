import type { Json } from "../../../src/adapter-kit/index.ts";

/** How a field is stored and sent: plain values as they are, the others as Tryton types or as links to other models. */
export type Field =
  | { kind: "decimal" | "date" | "datetime" }
  | { kind: "one"; model: string }
  | { kind: "many"; model: string; inverse: string }
  | { kind: "set"; model: string };

export type Model = {
  fields: Record<string, Field>;
  defaults?: Record<string, Json>;
  /** Field that no two records share, and what Tryton says about a second one. */
  unique?: { field: string; text: string };
};

const decimal: Field = { kind: "decimal" };
const date: Field = { kind: "date" };
const one = (model: string): Field => ({ kind: "one", model });
const many = (model: string, inverse: string): Field => ({ kind: "many", model, inverse });
const set = (model: string): Field => ({ kind: "set", model });
const plain: Model = { fields: {} };
const deactivable: Model = { fields: {}, defaults: { active: true } };

/** The part of Tryton 6.0 that customers, products and orders need; what follows an order exists, and stays empty. */
export const MODELS: Readonly<Record<string, Model>> = {
  "company.company": { fields: { party: one("party.party"), currency: one("currency.currency") } },
  "currency.currency": plain,
  "country.country": plain,
  "country.subdivision": { fields: { country: one("country.country") } },
  "party.address.subdivision_type": plain,
  "ir.lang": plain,
  "ir.module": plain,
  "product.uom": plain,
  "account.invoice.payment_term": plain,
  "stock.location": plain,
  "account.tax": { fields: { rate: decimal, group: one("account.tax.group") } },
  "account.tax.group": plain,
  "account.configuration": plain,
  "product.category": { fields: { customer_taxes_used: set("account.tax") } },
  "party.party": {
    fields: {
      lang: one("ir.lang"),
      customer_payment_term: one("account.invoice.payment_term"),
      addresses: many("party.address", "party"),
      contact_mechanisms: many("party.contact_mechanism", "party"),
      identifiers: many("party.identifier", "party"),
      credit_limit_amount: decimal,
      receivable: decimal,
      receivable_today: decimal,
    },
    defaults: { active: true, receivable: "0", receivable_today: "0" },
    unique: { field: "code", text: "The code on party must be unique." },
  },
  "party.address": {
    ...deactivable,
    fields: {
      party: one("party.party"),
      country: one("country.country"),
      subdivision: one("country.subdivision"),
    },
  },
  "party.contact_mechanism": { ...deactivable, fields: { party: one("party.party") } },
  "party.identifier": { fields: { party: one("party.party") } },
  "product.template": {
    fields: {
      default_uom: one("product.uom"),
      sale_uom: one("product.uom"),
      account_category: one("product.category"),
      products: many("product.product", "template"),
      list_price: decimal,
    },
    defaults: { active: true },
    unique: { field: "code", text: "Code of active product must be unique." },
  },
  "product.product": {
    ...deactivable,
    fields: { template: one("product.template"), identifiers: many("product.identifier", "product") },
  },
  "product.identifier": { fields: { product: one("product.product") } },
  "sale.sale": {
    fields: {
      party: one("party.party"),
      currency: one("currency.currency"),
      payment_term: one("account.invoice.payment_term"),
      warehouse: one("stock.location"),
      invoice_address: one("party.address"),
      shipment_address: one("party.address"),
      lines: many("sale.line", "sale"),
      shipments: set("stock.shipment.out"),
      invoices: set("account.invoice"),
      sale_date: date,
      shipping_date: date,
      untaxed_amount: decimal,
      tax_amount: decimal,
      total_amount: decimal,
    },
    defaults: { state: "draft", shipment_state: "none", invoice_state: "none", shipments: [], invoices: [] },
  },
  "sale.line": {
    fields: {
      sale: one("sale.sale"),
      product: one("product.product"),
      unit: one("product.uom"),
      taxes: set("account.tax"),
      moves: many("stock.move", "origin"),
      invoice_lines: many("account.invoice.line", "origin"),
      unit_price: decimal,
      base_price: decimal,
      amount: decimal,
    },
  },
  "stock.move": plain,
  "stock.shipment.out": plain,
  "account.invoice": { fields: { company: one("company.company"), cancel_move: one("account.move") } },
  "account.invoice.line": { fields: { invoice: one("account.invoice") } },
  "account.move": plain,
  "account.move.line": plain,
};

const STAMPS = new Set(["create_date", "write_date"]);

export function fieldOf(model: string, name: string): Field | undefined {
  return STAMPS.has(name) ? { kind: "datetime" } : MODELS[model]?.fields[name];
}
