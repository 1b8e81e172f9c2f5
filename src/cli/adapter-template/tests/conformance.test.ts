import { conformance } from "../../../../tests/adapters/conformance.ts";
import type { Harness } from "../../../../tests/adapters/harness.ts";
import { startServer } from "../simulator/server.ts";

const harness: Harness = {
  folder: new URL("..", import.meta.url),
  start: async () => {
    const server = await startServer();
    return { settings: server.settings, far: server, misbehave: server.misbehave, close: server.close };
  },
  sample: (_entity, n) => ({
    name: `Nordwind Fahrrad & Söhne ${n}`,
    language: "de",
    email: `einkauf${n}@nordwind.example`,
    note: "Ring twice",
    address: { street: "Kai 7", postalCode: "20457", city: "Hamburg", country: "DE" },
  }),
  change: (_entity, n) => ({ name: `Renamed ${n}` }),
  otherChange: (_entity, n) => ({ note: `Called ${n}` }),
  textField: () => "note",
  invalid: () => ({ language: "de" }),
  wrongCredentials: (settings) => ({ ...settings, token: "wrong" }),
  // What the product does, and the simulator can be made to do; see src/adapter-kit/simulation/misbehaviour.ts.
  misbehaviours: [
    "down",
    "answerAfterMs",
    "frozenStamp",
    "lateCommitMs",
    "identicalWritesMoveStamp",
    "rateLimitNext",
    "brokenNext",
    "lostBeforeWriteNext",
    "lostAfterWriteNext",
    "commitAfterMs",
    "nameLimit",
    "dropUnknownFields",
  ],
};

conformance("adapter-template", harness);
