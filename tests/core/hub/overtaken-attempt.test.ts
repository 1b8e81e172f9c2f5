import { afterAll, beforeAll, expect, test } from "vitest";
import { NaveError } from "../../../src/errors.ts";
import { serveFlows } from "../../../src/flows/serve-flows.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { crmCustomer } from "./customers.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
  await star.crm.insert("customer", crmCustomer(1));
  await star.quiet();
});
afterAll(() => star?.close());

test("a second attempt that fails when the first has gone through leaves nothing for a person", async () => {
  const { hub } = star.running;
  const [settled] = await hub.db.query<{ id: string }>("select id from nave.message where state = 'settled'");
  const port = serveFlows(hub);
  for (const code of ["NAVE_WRITE_UNDER_WAY", "NAVE_REFERENCE_MISSING", "NAVE_HUB_UNAVAILABLE"] as const)
    await port.fail(settled?.id ?? "", new NaveError(code, "overtaken"), {
      flow: "customer-sync",
      node: "merge",
    });
  expect(await countForPersons(hub.db)).toMatchObject({ deadLetters: 0 });
  const late = new NaveError("NAVE_CONFIG_INVALID", "it sent on after it was finished");
  await port.fail(settled?.id ?? "", late, { flow: "customer-sync", node: "merge" });
  expect(await countForPersons(hub.db)).toMatchObject({ deadLetters: 1 });
});
