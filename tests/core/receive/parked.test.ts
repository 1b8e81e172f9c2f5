import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { retryDeadLetter } from "../../../src/receive/dead-letter-actions.ts";
import { scan } from "../../../src/receive/poller.ts";
import { reconcile } from "../../../src/reconcile/reconcile.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

const NUL = "a\0b";
const HALF = "half \ud83d of it";

describe.each(["embedded", "postgres"] as const)("what is parked when it arrives, store %s", (store) => {
  let hub: ServedHub;
  beforeAll(async () => {
    hub = await serveHub({ store });
  });
  afterAll(() => hub?.close());

  const letters = () => listDeadLetters(hub.running.hub.db, 20);
  const isMerged = async (key: string) =>
    (await ask(`${hub.url}/api/trace?key=${key}`, { token: hub.token })).text.includes("merged");
  const customer = (number: string, more: object) => ({
    displayName: `Customer ${number}`,
    customerNumber: number,
    type: "COMPANY",
    ...more,
  });

  test("a polled record with text that no store keeps is parked alone, naming field and what is accepted; the others of its page go on", async () => {
    const contacts = [{ id: "c1", ref: "r1", name: HALF }];
    await hub.crm.seed("customer", [
      customer("BEFORE", {}),
      customer("NUL", { notes: NUL }),
      customer("HALF", { contacts }),
      customer("AFTER", {}),
    ]);
    await until("the others are merged", async () => (await isMerged("BEFORE")) && isMerged("AFTER"));
    const found = (await letters()).map(({ code, detail, owner }) => ({ code, owner, ...detail }));
    const common = {
      code: "NAVE_RECORD_INVALID",
      owner: "sales operations",
      correctIn: "CRM (sandbox)",
      accepts: expect.stringContaining("without NUL characters"),
    };
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...common, field: "notes", value: "a\ufffdb" }),
        expect.objectContaining({ ...common, field: "contacts[0].name" }),
      ]),
    );
  });

  test("such a record is recognised when it is read again, by a full scan too, and a comparison gets over it", async () => {
    const system = hub.running.hub.systems.get("crm");
    if (!system) throw new Error("no system crm");
    const before = await letters();
    const { signal } = new AbortController();
    expect(await scan(hub.running.hub, system, "customer", true, signal)).toMatchObject({
      accepted: 0,
      parked: 0,
    });
    expect(await letters()).toEqual(before);
    const [report] = await reconcile(hub.running.hub, "crm", "customer");
    expect(report?.totals).toMatchObject({ compared: 4, extra: 2, different: 0 });
  });

  test("it cannot be tried again as it was kept; corrected at its source it heals", async () => {
    const letter = (await letters()).find(({ detail }) => detail["field"] === "notes");
    await expect(retryDeadLetter(hub.running.hub, letter?.id ?? "", "Ann")).rejects.toMatchObject({
      code: "NAVE_REQUEST_INVALID",
      detail: { accepts: expect.stringContaining("a correction in CRM (sandbox)") },
    });
    await hub.crm.edit("customer", letter?.localId ?? "", { notes: "a b" });
    await until("it is healed", async () => (await letters()).every(({ id }) => id !== letter?.id));
    expect(await isMerged("NUL")).toBe(true);
  });

  test("a known record that gets such text keeps its last good form until it is corrected", async () => {
    const [id = ""] = (await hub.crm.all("customer")).flatMap((one) =>
      one["customerNumber"] === "AFTER" ? [String(one["id"])] : [],
    );
    await hub.crm.edit("customer", id, { notes: NUL });
    await until("it is parked", async () => (await letters()).some(({ localId }) => localId === id));
    const [report] = await reconcile(hub.running.hub, "crm", "customer");
    expect(report?.findings).toContainEqual(
      expect.objectContaining({ kind: "different", localId: id, path: "note", systemValue: "a\ufffdb" }),
    );
  });

  test("pushed records with such text are parked alone, also with it in a name", async () => {
    const records = [
      { localId: "p1", native: customer("PUSHED", {}) },
      { localId: "p2", native: customer("P2", { notes: HALF }) },
      { localId: "p3", native: { ...customer("P3", {}), "odd\0name": 1 } },
    ];
    const answer = await ask(`${hub.url}/in/crm/customer`, { json: { records }, token: hub.token });
    expect(answer).toMatchObject({ status: 202, json: { accepted: 1, parked: 2 } });
    const parked = (await letters()).filter(({ localId }) => localId?.startsWith("p"));
    expect(parked.map(({ localId, detail }) => [localId, detail["field"]]).toSorted()).toEqual([
      ["p2", "notes"],
      ["p3", "odd\ufffdname"],
    ]);
  });

  test("a record that breaks its mapping is translated afresh when it is tried again, and merged only if it no longer does", async () => {
    const localId = await hub.crm.insert("customer", customer("BROKEN", { language: "Klingon, mostly" }));
    const letter = async () => (await letters()).find((one) => one.localId === localId);
    await until("it is parked", async () => (await letter()) !== undefined);
    const first = await letter();
    await retryDeadLetter(hub.running.hub, first?.id ?? "", "Ann");
    const second = await letter();
    expect(second).toMatchObject({ code: "NAVE_RECORD_INVALID", detail: { field: "language" } });
    expect(second?.id).not.toBe(first?.id);
    // As if the mapping had been extended: the same record now has a translation.
    await hub.running.hub.db.query(
      `update nave.message set native = jsonb_set(native, '{language}', '"tlh"') where local_id = $1`,
      [localId],
    );
    await retryDeadLetter(hub.running.hub, second?.id ?? "", "Ann");
    await until("it is merged", () => isMerged("BROKEN"));
    expect(await letter()).toBeUndefined();
  });
});
