import { Client } from "pg";
import { expect, test } from "vitest";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { until } from "../services/until.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { settingsOf } from "./modes.ts";

const CUSTOMERS = 10;
/** The ERP commits so long after the connection was lost, and declares how long that may take. */
const COMMIT_AFTER_MS = 5000;
const SETTLE_MS = 7000;

async function addCustomers({ crm }: Star, prefix: string): Promise<string[]> {
  const customers = Array.from({ length: CUSTOMERS }, (_, index) => ({
    displayName: `Late ${prefix}-${index}`,
    customerNumber: `${prefix}-${index}`,
    notes: "new",
  }));
  return crm.seed("customer", customers);
}

/** The hub's keys of the records whose write it had begun, and of whose end it had heard nothing, when it died. */
async function begunBy(databaseUrl: string | undefined): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query("select canonical_id from nave.intent where state = 'open'");
    return rows.map((row: { canonical_id: string }) => row.canonical_id);
  } finally {
    await client.end();
  }
}

/** When the ERP committed the first write of one of these records after this instant; what nobody had begun is written at once. */
async function firstCommitAfter(
  { erp }: Star,
  instant: string,
  keys: readonly string[],
): Promise<string | undefined> {
  const records = await erp.all("customer");
  const ids = records.filter((one) => keys.includes(String(one["ExternalRef"]))).map((one) => one["Id"]);
  const writes = (await erp.ledger()).filter(
    ({ kind, method, id }) => method === "Save" && ["create", "update"].includes(kind) && ids.includes(id),
  );
  return writes.find(({ time }) => time > instant)?.time;
}

/** Kills the hub while its write is on the wire; the ERP commits that write when the next hub is up already. */
async function killBeforeCommit(star: Star, change: () => Promise<unknown>): Promise<void> {
  await star.stopHub();
  const hub = new HubInAProcess();
  hub.begin(star.config, { step: "sent", hit: 1 });
  await hub.ready();
  await star.erp.misbehave({ lostAfterWriteNext: 1, commitAfterMs: COMMIT_AFTER_MS });
  await change();
  await hub.diesAt("sent");
  const diedAt = new Date().toISOString();
  await until(
    "the ERP has the request",
    async () => (await star.erp.misbehaviour()).lostAfterWriteNext === 0,
    2000,
  );
  const begun = await begunBy(star.config.hub.databaseUrl);
  expect(begun).not.toEqual([]);
  await star.startHub();
  await star.quiet();
  expect((await firstCommitAfter(star, diedAt, begun)) ?? "none").toSatisfy(
    (time: string) => Date.parse(time) - Date.parse(diedAt) > COMMIT_AFTER_MS / 2,
  );
}

test("what the ERP commits after the hub was killed, and started again, is neither lost nor written twice", async () => {
  const settings = await settingsOf("distributed");
  const limits = { settleMs: SETTLE_MS };
  // Natural keys are not guarded there, and a request takes its time: it can be caught on the wire.
  const misbehave = { duplicateAs: "silence", answerAfterMs: 50 } as const;
  const star = await startStar({ hub: settings.hub, systems: { erp: { limits } }, erp: { misbehave } });
  try {
    let ids: string[] = [];
    await killBeforeCommit(star, async () => {
      ids = await addCustomers(star, "L");
    });
    const created = await star.erp.all("customer");
    expect(created.map((one) => one["CustNo"]).sort()).toEqual(ids.map((_, index) => `L-${index}`).sort());
    await killBeforeCommit(star, () =>
      Promise.all(ids.map((id) => star.crm.edit("customer", id, { notes: "corrected" }))),
    );
    const corrected = await star.erp.all("customer");
    expect(corrected.map((one) => one["Memo"])).toEqual(ids.map(() => "corrected"));
    expect(await countForPersons(star.running.hub.db)).toMatchObject({ inDoubt: 0, deadLetters: 0 });
  } finally {
    await star.close();
    await settings.drop();
  }
}, 240_000);
