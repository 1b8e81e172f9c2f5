import { expect, test } from "vitest";
import { startStar } from "../hub/star.ts";

test("an address that is none is refused at the start, by the name of its key", async () => {
  const settings = { url: "not an address", database: "erp", user: "hub", password: "x" };
  const entities = { customer: { take: true, give: true } };
  const starting = startStar({ systems: { erp: { adapter: "tryton", settings, entities } } });
  await expect(starting).rejects.toMatchObject({
    code: "NAVE_CONFIG_INVALID",
    message: expect.stringContaining("systems.erp.settings.url"),
  });
});
