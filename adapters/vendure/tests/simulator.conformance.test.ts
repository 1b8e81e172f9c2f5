import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { conformance } from "../../../tests/adapters/conformance.ts";
import { startServer } from "../simulator/server.ts";
import { change, invalid, otherChange, sample } from "./samples.ts";

conformance("Vendure (simulated)", {
  folder: new URL("../", import.meta.url),
  start: async () => {
    const server = await startServer();
    return { settings: server.settings, far: server, misbehave: server.misbehave, close: server.close };
  },
  entities: ["customer", "product"],
  sample,
  change,
  otherChange,
  textField: (entity) => (entity === "customer" ? "lastName" : "name"),
  moneyField: (entity) => (entity === "product" ? "price" : undefined),
  invalid,
  unique: ["customer", "product"],
  wrongCredentials: (settings: JsonObject) => ({ ...settings, password: "not-the-password" }),
  misbehaviours: [
    "down",
    "answerAfterMs",
    "stampPrecisionMs",
    "frozenStamp",
    "clockSkewMs",
    "lateCommitMs",
    "silentChildChanges",
    "unauthorisedNext",
    "rateLimitNext",
    "brokenNext",
    "errorInsideOk",
    "htmlErrors",
    "emptyPageNext",
    "lostBeforeWriteNext",
    "lostAfterWriteNext",
    "commitAfterMs",
    "refuseEveryNth",
    "nameLimit",
  ],
});
