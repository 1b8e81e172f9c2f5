import { afterAll, beforeAll, expect, test } from "vitest";
import { deliverBatch } from "../../../src/deliver/deliver-batch.ts";
import { readKnown } from "../../../src/deliver/known-records.ts";
import { planWish } from "../../../src/deliver/plan-wish.ts";
import { mergeMessages } from "../../../src/merge/merge-message.ts";
import { arrivalMessage } from "../../../src/receive/accept.ts";
import { fingerprint } from "../../../src/receive/fingerprint.ts";
import { selectCanonicalIds } from "../../../src/store/cross-references.ts";
import { insertMessages } from "../../../src/store/messages.ts";
import { drawObservationNumbers } from "../../../src/store/shadows.ts";
import { claimWishes, deferWish } from "../../../src/store/wishes.ts";
import type { ConnectedSystem } from "../../../src/systems/connected-system.ts";
import { until } from "../../services/until.ts";
import { crmCustomer } from "./customers.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

test("an edit that is wished already is not taken back by an older wish that was claimed before", async () => {
  const crm = await star.crm.insert("customer", crmCustomer(4));
  await star.quiet();
  const { hub } = star.running;
  const system = hub.systems.get("erp") as ConnectedSystem;
  const inErp = async () => (await star.erp.all("customer")).find((one) => one["CustNo"] === "C4");
  const erp = String((await inErp())?.["Id"]);
  const [canonicalId = ""] = (await selectCanonicalIds(hub.db, "customer", "erp", [erp])).values();
  const key = { entity: "customer", canonicalId };
  await hub.db.query(
    "update nave.wish set state = 'open', due_at = now(), published_at = now() where system = 'erp' and canonical_id = $1",
    [canonicalId],
  );
  const [claimed] = await claimWishes(hub.db, "erp", [key], "a slow worker#1", 60_000);
  if (!claimed) throw new Error("the wish could not be claimed");
  await star.erp.edit("customer", erp, { Memo: "entered meanwhile" });
  await until(
    "it has arrived in the CRM",
    async () => (await star.crm.get("customer", crm))?.["notes"] === "entered meanwhile",
  );
  const type = hub.model.entity("customer");
  const known = await readKnown(hub.db, claimed);
  expect(planWish(system, type, claimed, known, false)).toEqual({ do: "let it arrive" });
  await deferWish(hub.db, claimed, "a slow worker#1", 0, false, null);
  await star.quiet();
  expect(await inErp()).toMatchObject({ Memo: "entered meanwhile" });
});

test("an edit that is merged and not routed yet is not taken back by a wish from before it", async () => {
  const crm = await star.crm.insert("customer", crmCustomer(3));
  await star.quiet();
  const erp = String((await star.erp.all("customer")).find((one) => one["CustNo"] === "C3")?.["Id"]);
  const { hub, pollers } = star.running;
  await pollers.get("erp")?.stop();
  const system = hub.systems.get("erp") as ConnectedSystem;
  await star.erp.edit("customer", erp, { Memo: "entered in the ERP" });
  const [seen] = await system.ask((signal) => system.spoke.read("customer", [erp], signal));
  if (!seen) throw new Error("the ERP does not show its customer");
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const observed = { ...seen, number, fingerprint: fingerprint(seen.native, false) };
  const message = arrivalMessage(hub, system, "customer", observed);
  // It counts as published, so that nobody feeds it to its flow meanwhile.
  await insertMessages(hub.db, [message], true);
  await mergeMessages(hub, [message.id]);
  const [id = ""] = (await selectCanonicalIds(hub.db, "customer", "erp", [erp])).values();
  await hub.db.query(
    "update nave.wish set state = 'open', due_at = now(), published_at = now() where system = 'erp' and canonical_id = $1",
    [id],
  );
  await deliverBatch(hub, system, "customer", [id]);
  expect(await star.erp.get("customer", erp)).toMatchObject({ Memo: "entered in the ERP" });
  await hub.db.query("update nave.message set published_at = null where id = $1", [message.id]);
  const isInCrm = async () => (await star.crm.get("customer", crm))?.["notes"] === "entered in the ERP";
  await until("it has arrived in the CRM", isInCrm);
  expect(await star.erp.get("customer", erp)).toMatchObject({ Memo: "entered in the ERP" });
});
