/**
 * The Vendure plugin that a shop needs to be connected to Nave. Copy this file into the shop, add `NavePlugin` to `plugins`
 * in `vendure-config.ts` and run a migration. It adds columns and one fulfilment handler; it changes nothing that exists.
 *
 * `naveKey` holds the hub's own key of a record. With it a create whose answer got lost is found again instead of repeated.
 * No field is public: customers and storefronts see none of them, except number, status and date of their orders, which are theirs to know.
 */
import { FulfillmentHandler, LanguageCode, PluginCommonModule, VendurePlugin } from "@vendure/core";

/** @param {string} value */
const label = (value) => [{ languageCode: LanguageCode.en, value }];
/**
 * @param {string} name
 * @param {string} text
 * @param {{ public?: boolean, type?: string, readonly?: boolean }} options
 */
const field = (name, text, options = {}) => ({
  name,
  type: "string",
  nullable: true,
  public: false,
  label: label(text),
  ...options,
});

/** Creates a fulfilment that remembers the hub's key and the shipment number of the back office; sends nothing anywhere. */
const naveFulfillmentHandler = new FulfillmentHandler({
  code: "nave-fulfillment",
  description: label("Shipment reported by the back office through Nave"),
  args: {
    method: { type: "string", required: false },
    trackingCode: { type: "string", required: false },
    number: { type: "string", required: true },
    naveKey: { type: "string", required: true },
    lineKeys: { type: "string", required: false },
  },
  createFulfillment: (_ctx, _orders, _lines, { method, trackingCode, number, naveKey, lineKeys }) => ({
    method: method ?? "",
    trackingCode: trackingCode ?? "",
    customFields: { number, naveKey, lineKeys },
  }),
});

// oxlint-disable-next-line typescript/no-extraneous-class -- to Vendure every plugin is a class
export class NavePlugin {}

VendurePlugin({
  imports: [PluginCommonModule],
  compatibility: "^3.0.0",
  configuration: (config) => {
    config.customFields.Customer.push(
      field("naveKey", "Nave key"),
      field("customerNumber", "Customer number"),
      field("company", "Company"),
    );
    config.customFields.Address.push(field("naveKey", "Nave key"));
    config.customFields.ProductVariant.push(field("naveKey", "Nave key"));
    config.customFields.Order.push(
      field("backOfficeNumber", "Order number in the back office", { public: true }),
      field("backOfficeStatus", "Order status in the back office", { public: true }),
      field("promisedDeliveryDate", "Promised delivery date", { public: true }),
      field("note", "Note from the back office"),
    );
    config.customFields.Fulfillment.push(
      field("naveKey", "Nave key"),
      field("number", "Shipment number"),
      field("lineKeys", "Names of the lines in the back office", { type: "text" }),
    );
    config.shippingOptions.fulfillmentHandlers.push(naveFulfillmentHandler);
    return config;
  },
})(NavePlugin);
