import { change, invalid, otherChange, sample } from "../../../adapters/vendure/tests/samples.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { conformance } from "../../adapters/conformance.ts";
import { farSideOf } from "./far-side.ts";
import { startVendure } from "./server.ts";

conformance("Vendure", {
  folder: new URL("../../../adapters/vendure/", import.meta.url),
  start: async () => {
    const shop = await startVendure();
    const settings = { url: shop.url, user: shop.user, password: shop.password, slowScanMinutes: 0 };
    return { settings, far: farSideOf(shop), close: shop.stop };
  },
  shared: true,
  // Orders are placed by customers and cannot be removed: see order-round.test.ts.
  entities: ["customer", "product"],
  many: 105,
  sample,
  change,
  otherChange,
  textField: (entity) => (entity === "customer" ? "lastName" : "name"),
  moneyField: (entity) => (entity === "product" ? "price" : undefined),
  invalid,
  unique: ["customer", "product"],
  wrongCredentials: (settings: JsonObject) => ({ ...settings, password: "not-the-password" }),
  misbehaviours: [],
});
