import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { generateDemo, seedDemo } from "./demo-data.ts";

/** What the demonstration star starts with, and what to try in it. */
export const demo = {
  seed: async (server: SandboxServer): Promise<void> => {
    const star = { customers: 1000, products: 80, orders: 3000, quotes: 12, cases: 14, withPriceList: true };
    await seedDemo(server, generateDemo({ ...star, now: new Date() }));
  },
  suggestions: (url: string) => [
    {
      text: "a clerk writes a note on a customer in the CRM: within two seconds the ERP has it",
      command: `curl -sX POST ${url}/sandbox-control/edit -d '["customer","acc_7",{"notes":"prefers mornings"}]'`,
    },
    { text: "the whole story of an order", command: "bin/nave trace D-100000" },
    {
      text: "an order made of a quote: credit, reservation, confirmation",
      command: "bin/nave trace SO-Q-5003",
    },
    { text: "what people are asked: quotes, repairs", command: "bin/nave approvals list" },
  ],
};
