import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../../../src/canonical/model.ts";
import { loadMapping } from "../../../src/mapping/load-mapping.ts";
import { generateDemo, seedDemo } from "../simulator/demo-data.ts";
import { startServer } from "../simulator/server.ts";

const OPTIONS = {
  customers: 1000,
  products: 60,
  orders: 3000,
  quotes: 40,
  cases: 40,
  withPriceList: true,
  seed: 7,
};
const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const model = loadModel();
/** Forms that the ERP refuses. */
const REFUSED = /^(DE12345|FR-none|NL1234|IT0000000000000)$/;

let crm: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  crm = await startServer();
  await seedDemo(crm, generateDemo(OPTIONS));
});
afterAll(() => crm.close());

test("the same seed gives the same data, another seed other data", () => {
  expect(generateDemo(OPTIONS)).toEqual(generateDemo(OPTIONS));
  expect(generateDemo({ ...OPTIONS, seed: 8 }).customers).not.toEqual(generateDemo(OPTIONS).customers);
});

test.each(["customer", "product", "price-list", "order", "quote", "service-case"])(
  "every %s is valid canonical data, totals included",
  async (entity) => {
    const type = model.entity(entity);
    const mapping = loadMapping(FOLDER, entity, { system: "crm", type });
    const faults = (await crm.all(entity)).flatMap((native) => {
      const { body, problems } = mapping.toCanonical(native);
      return [...problems, ...type.validate(body)].map((problem) => ({ id: native["id"], ...problem }));
    });
    expect(faults.slice(0, 5)).toEqual([]);
  },
);

test("one customer in fifty is awkward: too long for 30 characters, in other scripts, entered twice", async () => {
  const names = (await crm.all("customer")).map((native) => native["displayName"] as string);
  expect(names).toHaveLength(OPTIONS.customers);
  expect(names.filter((name) => name.length > 60).length).toBeGreaterThan(0);
  for (const script of [
    /\p{Script=Han}/u,
    /\p{Script=Arabic}/u,
    /\p{Script=Hebrew}/u,
    /\p{Emoji_Presentation}/u,
    /\p{M}/u,
  ]) {
    expect(names.some((name) => script.test(name))).toBe(true);
  }
  expect(new Set(names).size).toBeLessThan(names.length);
});

test("broken customers are those that the ERP refuses for their VAT numbers", () => {
  const demo = generateDemo({ ...OPTIONS, broken: 12 });
  expect(demo.customers.filter(({ vatNumber = "" }) => REFUSED.test(vatNumber as string))).toHaveLength(12);
});
