import { afterAll, beforeAll, expect, test } from "vitest";
import { mergeMessages } from "../../../src/merge/merge-message.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

test("a message that comes again after it was merged tells what it changed then, of the record as it stands now", async () => {
  const crm = await star.crm.insert("customer", {
    displayName: "Twice",
    customerNumber: "T-1",
    notes: "first",
  });
  await star.quiet();
  const { hub } = star.running;
  const [message] = await hub.db.query<{ id: string }>(
    "select id from nave.message where system = 'crm' and local_id = $1",
    [crm],
  );
  await star.crm.edit("customer", crm, { notes: "second" });
  await star.quiet();
  const [again] = await mergeMessages(hub, [message?.id ?? ""]);
  expect(again).toMatchObject({
    status: "fulfilled",
    value: { version: 2, body: { name: "Twice", note: "second" }, archived: false, echo: false },
  });
  expect(again?.status === "fulfilled" && again.value.changed).toContain("name");
});
