import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChangesPage, JsonObject, Spoke, WriteOutcome } from "../../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { until } from "../../../tests/services/until.ts";
import { despatchAdvice } from "../simulator/documents.ts";
import { startServer } from "../simulator/server.ts";
import type { SupplierSwitches } from "../simulator/switches.ts";
import { connectSupplier, orderSample } from "./harness.ts";

let supplier: SandboxServer<SupplierSwitches>;
let spoke: Spoke;
beforeEach(async () => {
  supplier = await startServer({
    misbehave: { asleep: true, answerAfterMs: 0, despatchAfterMs: -1, partialEveryNth: 1 },
  });
  spoke = await connect();
});
afterEach(() => supplier.close());

const connect = (settings: JsonObject = {}) =>
  connectSupplier({ ...supplier.settings, unfinishedMs: 0, ...settings });
const signal = () => AbortSignal.timeout(20_000);
const path = (...parts: string[]) => join(supplier.settings["directory"] as string, ...parts);
const filesIn = async (...parts: string[]) =>
  (await readdir(path(...parts))).filter((name) => name.includes("."));

async function send(n: number, probeKey = `key-${n}`): Promise<WriteOutcome | undefined> {
  const request = { kind: "create", probeKey, body: orderSample(n) } as const;
  return (await spoke.write("purchase-order", [request], signal()))[0];
}

async function changes(entity: string, checkpoint?: JsonObject): Promise<ChangesPage> {
  const request = { full: false, signal: signal(), ...(checkpoint && { checkpoint }) };
  const pages: ChangesPage[] = [];
  for await (const page of spoke.changes(entity, request)) pages.push(page);
  const last = pages.at(-1);
  if (!last) throw new Error("no page came");
  return last;
}

const nativeOf = async (entity: string, id: string) => (await spoke.read(entity, [id], signal()))[0]?.native;

test("an order written again under the same key is in the inbox once", async () => {
  expect(await send(1)).toMatchObject({ kind: "written", localId: "PO-1" });
  expect(await send(1)).toMatchObject({ kind: "written", localId: "PO-1" });
  expect(await filesIn("inbox")).toEqual(["PO-1.xml"]);
  await rm(path("inbox", "PO-1.xml"));
  expect(await send(1)).toMatchObject({ kind: "written", localId: "PO-1" });
  expect(await filesIn("inbox")).toEqual([]);
});

test("an order is never sent again under a new number", async () => {
  await send(1, "key");
  expect(await send(2, "key")).toMatchObject({ kind: "duplicate", candidates: ["PO-1"] });
  expect(await filesIn("inbox")).toEqual(["PO-1.xml"]);
});

test("a process that dies before the order is in the inbox has not sent it; the next attempt sends it once", async () => {
  await send(1);
  const [copy = ""] = await filesIn("orders");
  const document = await readFile(path("orders", copy));
  // As it was one step earlier: copied to the journal, not yet moved into the inbox.
  await rm(path("inbox", "PO-1.xml"));
  await writeFile(path("orders", "pending", copy.split("@").slice(1).join("@")), document);
  spoke = await connect();
  expect(await spoke.findByProbe?.("purchase-order", ["key-1"], signal())).toEqual([]);
  expect(await send(1)).toMatchObject({ kind: "written" });
  expect(await filesIn("inbox")).toEqual(["PO-1.xml"]);
  expect(await filesIn("orders")).toHaveLength(1);
  expect(await spoke.findByProbe?.("purchase-order", ["key-1"], signal())).toHaveLength(1);
});

test("numbers that are no file names stay inside the folder", async () => {
  const body = { ...orderSample(1), ID: "../../PO 1/ä*" };
  const [outcome] = await spoke.write("purchase-order", [{ kind: "create", probeKey: "k", body }], signal());
  expect(outcome).toMatchObject({ kind: "written", localId: "../../PO 1/ä*" });
  expect(await filesIn("inbox")).toEqual(["..%2F..%2FPO%201%2F%C3%A4%2A.xml".replace(/^\./, "%2E")]);
});

test("answer, first and second despatch move the order from sent to shipped, in whatever order they come", async () => {
  await send(1);
  const state = async () => (await nativeOf("purchase-order", "PO-1"))?.["State"];
  expect(await state()).toBe("SENT");
  await supplier.misbehave({ asleep: false });
  await until("answered", async () => (await state()) === "ACCEPTED");
  await supplier.act("despatch", "PO-1");
  expect(await state()).toBe("PARTLY-SHIPPED");
  await supplier.act("despatch", "PO-1");
  expect(await nativeOf("purchase-order", "PO-1")).toMatchObject({
    State: "SHIPPED",
    ResponseCode: "AP",
    OrderLine: [{ ID: "1", Quantity: "10", DespatchedQuantity: "10" }],
  });
});

test("a despatch advice that came twice counts once", async () => {
  await send(1);
  await supplier.misbehave({ asleep: false, duplicateNext: 1 });
  await supplier.act("despatch", "PO-1");
  expect(await nativeOf("purchase-order", "PO-1")).toMatchObject({
    OrderLine: [{ DespatchedQuantity: "5" }],
  });
  expect((await changes("shipment")).observations.map(({ localId }) => localId)).toEqual(["DA-PO-1-1"]);
  expect(await nativeOf("shipment", "DA-PO-1-1")).toMatchObject({ OriginatorOrder: "SO-1", Partial: true });
});

test("a bad file is reported first and put aside with its reason when the report is safe", async () => {
  await send(1);
  await writeFile(path("outbox", "broken.xml"), despatchAdvice("DA-1", "PO-1", []));
  const first = await changes("shipment");
  expect(first.observations.map(({ localId }) => localId)).toEqual(["file:broken.xml"]);
  expect(await filesIn("outbox")).toEqual(["broken.xml"]);
  const second = await changes("shipment", first.checkpoint);
  expect(second.observations).toEqual([]);
  expect(await filesIn("outbox")).toEqual([]);
  const [, reason = ""] = (await filesIn("rejected")).toSorted();
  expect(await readFile(path("rejected", reason), "utf8")).toBe(
    "broken.xml cannot be taken: DespatchAdvice/cac:DespatchLine is missing\n",
  );
});

test("a file that is still being written is left alone, and taken when it is whole", async () => {
  spoke = await connect({ unfinishedMs: 10_000 });
  await send(1);
  const line = { id: "1", orderLine: "1", item: "BIKE-7", quantity: "1", unit: "C62", outstanding: "0" };
  const whole = despatchAdvice("DA-1", "PO-1", [line]);
  await writeFile(path("outbox", "da.xml"), whole.slice(0, 500));
  await writeFile(path("outbox", ".hidden.xml"), "x");
  await writeFile(path("outbox", "da.xml.part"), "x");
  expect((await changes("shipment")).observations).toEqual([]);
  expect((await filesIn("outbox")).toSorted()).toEqual([".hidden.xml", "da.xml", "da.xml.part"]);
  await writeFile(path("outbox", "da.xml"), whole);
  expect((await changes("shipment")).observations).toHaveLength(1);
});

test("a folder that is not there is waited for", async () => {
  spoke = await connectSupplier({ directory: path("nowhere") });
  await expect(spoke.health(signal())).rejects.toMatchObject({ code: "NAVE_SYSTEM_UNAVAILABLE" });
  expect(await send(1)).toMatchObject({
    kind: "unavailable",
    text: expect.stringContaining("does not exist"),
  });
  await mkdir(path("nowhere"));
  expect(await send(1)).toMatchObject({ kind: "written" });
});
