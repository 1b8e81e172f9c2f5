import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { erpHarness } from "../../../adapters/sandbox-erp/tests/harness.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { WELL_BEHAVED } from "../../../src/adapter-kit/simulation/index.ts";
import { readPath } from "../../../src/flows/tracking/path-on-record.ts";
import { dropDeadLetter, retryDeadLetter } from "../../../src/receive/dead-letter-actions.ts";
import { pauseSystem, setReadOnly } from "../../../src/store/system-states.ts";
import { readStatus } from "../../../src/telemetry/status.ts";
import { trace } from "../../../src/telemetry/trace.ts";
import { until } from "../../services/until.ts";
import { CALLED_ON, type CalledStar, startCalledStar } from "./called-star.ts";

describe.each(["embedded", "postgres"] as const)("commands, store %s", (store) => {
  let star: CalledStar;
  beforeAll(async () => {
    star = await startCalledStar(store);
  });
  afterAll(() => star?.close());
  beforeEach(async () => {
    await star.erp.misbehave({ ...WELL_BEHAVED, deletesLeaveTrace: true });
    const [stock] = await star.erp.all("stock-level");
    await star.erp.edit("stock-level", String(stock?.["Id"]), { Reserved: "0.000", Available: "100.000" });
    await until("the ERP answers", () => star.running.hub.systems.get("erp")?.waitMs === 0);
  });

  const reserve = (quantity: string) => ({ productId: star.productId, quantity });
  const inDoubt = async (key: string) => (await star.command(key))?.state === "in-doubt";
  const open = async (text: string) => (await star.letters()).find((letter) => letter.text.includes(text));
  let customers = 0;
  async function newCustomer(): Promise<string> {
    customers += 1;
    return star.erp.insert("customer", erpHarness.sample("customer", customers, {}));
  }
  async function invoice(): Promise<string> {
    const customer = await newCustomer();
    const sample = erpHarness.sample("invoice", 1, { customer, product: star.productId });
    const { SalesOrderId: _, ...body }: JsonObject = { ...sample, CustomerId: customer, State: "POSTED" };
    return star.erp.insert("invoice", { ...body, InvoiceNo: `RE-${crypto.randomUUID()}` });
  }
  const letters = async (invoiceId: string) =>
    (await star.erp.ledger()).filter(({ method, id }) => method === "reminder" && id === invoiceId).length;

  test("a command is done once; a message that comes again gets the stored reply", async () => {
    const message = await star.message();
    const reply = { kind: "done", result: { reserved: "4.000", available: "96.000" } };
    expect(await message.call("reserveStock", reserve("4"))).toEqual(reply);
    expect(await message.call("reserveStock", reserve("4"))).toEqual(reply);
    expect(await star.reserved()).toBe("4.000");
    expect(await message.state()).toBe("accepted");
  });

  test("what the system refuses is refused, and the next of its key goes on", async () => {
    const message = await star.message();
    const first = message.call("reserveStock", reserve("500"), { idempotencyKey: `${message.id}/a` });
    const second = message.call("reserveStock", reserve("1"), { idempotencyKey: `${message.id}/b` });
    expect(await first).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("not so much"),
      field: "Qty",
    });
    expect(await second).toMatchObject({ kind: "done" });
    expect(await star.letters()).toEqual([]);
  });

  test("a refused one that blocks lets its key and its message wait, until a person gives it up", async () => {
    const message = await star.message();
    const blocks = { onFailure: "block", idempotencyKey: `${message.id}/a` } as const;
    expect(await message.call("reserveStock", reserve("500"), blocks)).toBeUndefined();
    expect(await message.state()).toBe("waiting");
    const behind = await star.message();
    const same = { businessKey: message.id, deadlineMs: 60_000 };
    const second = behind.call("reserveStock", reserve("1"), same);
    const apart = await star.message();
    expect(await apart.call("reserveStock", reserve("2"))).toMatchObject({ kind: "done" });
    expect(await second).toBeUndefined();
    expect(await star.reserved()).toBe("2.000");
    const letter = await open(message.id);
    expect(letter).toMatchObject({
      code: "NAVE_RECORD_REFUSED",
      system: "erp",
      owner: star.config.systems["erp"]?.owner,
      detail: { field: "Qty", operation: "reserveStock", args: reserve("500") },
    });
    await dropDeadLetter(star.running.hub, letter?.id ?? "", "Ann");
    await Promise.all([message.woken(), behind.woken()]);
    expect(await message.call("reserveStock", reserve("500"), blocks)).toMatchObject({ kind: "refused" });
    expect(await behind.call("reserveStock", reserve("1"), same)).toMatchObject({ kind: "done" });
    expect(await star.reserved()).toBe("3.000");
  });

  test("one that was refused is sent again when a person retries it, and its message goes on with the new reply", async () => {
    const message = await star.message();
    const blocks = { onFailure: "block" } as const;
    expect(await message.call("reserveStock", reserve("150"), blocks)).toBeUndefined();
    const [stock] = await star.erp.all("stock-level");
    await star.erp.edit("stock-level", String(stock?.["Id"]), { OnHand: "200.000" });
    await retryDeadLetter(star.running.hub, (await open(message.id))?.id ?? "", "Ann");
    await message.woken();
    expect(await message.call("reserveStock", reserve("150"), blocks)).toMatchObject({ kind: "done" });
    expect(await star.reserved()).toBe("150.000");
  });

  test("commands of one key are done in the order in which they were given, also through an outage", async () => {
    const message = await star.message();
    await star.erp.misbehave({ down: true });
    const key = (n: number) => ({ idempotencyKey: `${message.id}/${n}` });
    for (const n of [1, 2, 3, 4, 5]) {
      const operation = n % 2 === 1 ? "reserveStock" : "releaseStock";
      void message.call(operation, reserve("10"), key(n));
      await until("it is on record", async () => (await star.command(key(n).idempotencyKey)) !== undefined);
    }
    await star.erp.misbehave({ down: false });
    // Out of order, a release would be refused: nothing is reserved before.
    await until("all are done", async () => {
      const states = await Promise.all(
        [1, 2, 3, 4, 5].map(async (n) => (await star.command(key(n).idempotencyKey))?.state),
      );
      return states.every((state) => state === "done");
    });
    expect(await star.reserved()).toBe("10.000");
  });

  test("a system that is down burns no attempts; the deadline ends the waiting, and the message hears of it", async () => {
    const message = await star.message();
    await star.erp.misbehave({ down: true });
    await until("the hub knows", () => (star.running.hub.systems.get("erp")?.waitMs ?? 0) > 0);
    const slow = { deadlineMs: 1500 };
    expect(await message.call("reserveStock", reserve("1"), slow)).toBeUndefined();
    expect(await message.state()).toBe("waiting");
    await message.woken();
    expect(await message.call("reserveStock", reserve("1"), slow)).toMatchObject({ kind: "timed-out" });
    expect(await star.command(`${message.id}/node`)).toMatchObject({ state: "timed-out", attempts: 0 });
    await star.erp.misbehave({ down: false });
    expect(await star.reserved()).toBe("0.000");
  });

  test("a command to a system that is connected no more ends at its deadline", async () => {
    const message = await star.message();
    await star.erp.misbehave({ down: true });
    await until("the hub knows", () => (star.running.hub.systems.get("erp")?.waitMs ?? 0) > 0);
    expect(await message.call("reserveStock", reserve("1"), { deadlineMs: 3000 })).toBeUndefined();
    await star.running.hub.db.query("update nave.command set system = 'gone' where message_id = $1", [
      message.id,
    ]);
    await star.erp.misbehave({ down: false });
    await message.woken();
    const [row] = await star.running.hub.db.query("select state from nave.command where message_id = $1", [
      message.id,
    ]);
    expect(row).toEqual({ state: "timed-out" });
  });

  test("a lost answer: what may be repeated is sent again under its key and done once", async () => {
    const message = await star.message();
    await star.erp.misbehave({ lostAfterWriteNext: 1 });
    await message.call("reserveStock", reserve("7"));
    await until("it is done", async () => (await star.command(`${message.id}/node`))?.state === "done");
    expect(await message.call("reserveStock", reserve("7"))).toMatchObject({ kind: "done" });
    expect(await star.reserved()).toBe("7.000");
  });

  test("a lost answer: of what may not, nobody knows; a person looks, and decides that it is done no more", async () => {
    const message = await star.message();
    const invoiceId = await invoice();
    await star.erp.misbehave({ lostAfterWriteNext: 1 });
    await message.call("sendReminder", { invoiceId });
    await until("it is in doubt", () => inDoubt(`${message.id}/node`));
    expect(await letters(invoiceId)).toBe(1);
    expect(await message.call("sendReminder", { invoiceId })).toBeUndefined();
    expect((await readStatus(star.running.hub)).inDoubt).toBe(1);
    const letter = await open(message.id);
    expect(letter).toMatchObject({
      code: "NAVE_WRITE_IN_DOUBT",
      text: expect.stringContaining("Look there"),
    });
    await dropDeadLetter(star.running.hub, letter?.id ?? "", "Ann");
    await message.woken();
    expect(await message.call("sendReminder", { invoiceId })).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("given up by Ann"),
    });
    expect(await letters(invoiceId)).toBe(1);
  });

  test("a lost request: a person has looked, and has it sent again", async () => {
    const message = await star.message();
    const invoiceId = await invoice();
    await star.erp.misbehave({ lostBeforeWriteNext: 1 });
    await message.call("sendReminder", { invoiceId });
    await until("it is in doubt", () => inDoubt(`${message.id}/node`));
    expect(await letters(invoiceId)).toBe(0);
    await retryDeadLetter(star.running.hub, (await open(message.id))?.id ?? "", "Ann");
    await until("it is done", async () => (await star.command(`${message.id}/node`))?.state === "done");
    expect(await letters(invoiceId)).toBe(1);
  });

  test("a read-only system is asked queries, and is not commanded until it may be written again", async () => {
    const { db, systems } = star.running.hub;
    const isWritable = () => systems.get("erp")?.writable ?? false;
    const customerId = await newCustomer();
    const message = await star.message();
    await setReadOnly(db, "erp", true);
    await until("the hub knows", () => !isWritable());
    const asked = await message.call("creditCheck", { customerId, amount: "1.00", currency: "EUR" });
    expect(asked).toMatchObject({ kind: "done", result: { granted: true } });
    expect(await message.call("reserveStock", reserve("3"))).toBeUndefined();
    expect(await star.reserved()).toBe("0.000");
    await setReadOnly(db, "erp", false);
    await message.woken();
    expect(await star.reserved()).toBe("3.000");
  });

  test("a paused system is neither asked nor commanded", async () => {
    const { db, systems } = star.running.hub;
    const message = await star.message();
    await pauseSystem(db, "erp", "Ann");
    await until("the hub knows", () => systems.get("erp")?.paused ?? false);
    const asked = await message.call("creditCheck", { customerId: "1", amount: "1.00", currency: "EUR" });
    expect(asked).toMatchObject({
      kind: "timed-out",
      text: "erp is paused",
      retryAfterMs: expect.any(Number),
    });
    expect(await message.call("reserveStock", reserve("3"))).toBeUndefined();
    expect(await readPath(db, message.id)).toMatchObject({
      state: "waiting",
      code: "NAVE_COMMAND_UNDER_WAY",
      path: { ...CALLED_ON, outcome: "held", waitsAt: [] },
    });
    await pauseSystem(db, "erp", null);
    await message.woken();
    expect(await star.reserved()).toBe("3.000");
  });

  test("a query without an answer in time has timed out", async () => {
    const message = await star.message();
    await star.erp.misbehave({ answerAfterMs: 2000 });
    const args = { customerId: "1", amount: "1.00", currency: "EUR" };
    expect(await message.call("creditCheck", args, { deadlineMs: 100 })).toMatchObject({ kind: "timed-out" });
  });

  test("what cannot be called as it is says so, and nothing is on record", async () => {
    const message = await star.message();
    await expect(message.call("shipOrder", {})).rejects.toMatchObject({
      code: "NAVE_NOT_SUPPORTED",
      detail: { accepts: expect.stringContaining("reserveStock") },
    });
    await expect(message.call("reserveStock", {}, { system: "shop" })).rejects.toMatchObject({
      code: "NAVE_NOT_SUPPORTED",
      detail: { accepts: "crm, erp" },
    });
    await expect(message.call("reserveStock", { productId: star.productId })).rejects.toMatchObject({
      code: "NAVE_RECORD_INVALID",
      message: expect.stringContaining("quantity is missing"),
      detail: { field: "quantity" },
    });
    await expect(message.call("reserveStock", reserve("a few"))).rejects.toMatchObject({
      code: "NAVE_RECORD_INVALID",
      detail: { field: "quantity", value: "a few" },
    });
    expect(await star.command(`${message.id}/node`)).toBeUndefined();
  });

  test("an idempotency key that stands for something else is refused", async () => {
    const [one, other] = [await star.message(), await star.message()];
    const key = { idempotencyKey: `shared ${one.id}` };
    await one.call("reserveStock", reserve("1"), key);
    expect(await other.call("reserveStock", reserve("1"), key)).toMatchObject({ kind: "done" });
    await expect(other.call("reserveStock", reserve("2"), key)).rejects.toMatchObject({
      code: "NAVE_RECORD_INVALID",
      detail: { field: "idempotencyKey" },
    });
    expect(await star.reserved()).toBe("1.000");
  });

  test("the story of a command is found by its id, by its key and by its message", async () => {
    const message = await star.message();
    const key = `Order ${message.id.slice(0, 8)}`;
    await message.call("reserveStock", reserve("1"), { businessKey: key });
    const command = await star.command(`${message.id}/node`);
    for (const name of [command?.id ?? "", key, message.id]) {
      const story = await trace(star.running.hub, name);
      expect(story.hops.map(({ step }) => step)).toEqual(["command", "sent", "command"]);
      expect(story.hops.at(-1)).toMatchObject({ system: "erp", after: { reserved: "1.000" } });
    }
  });
});
