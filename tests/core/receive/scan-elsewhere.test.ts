import { afterAll, beforeAll, expect, test } from "vitest";
import { NaveError } from "../../../src/errors.ts";
import type { ScanProgress } from "../../../src/receive/poller.ts";
import { carryOutScan, scanWherePolled } from "../../../src/receive/scan-request.ts";
import type { Database } from "../../../src/store/database.ts";
import { takeScanRequests } from "../../../src/store/scan-requests.ts";
import { freshStore } from "../../services/fresh-store.ts";
import { until } from "../../services/until.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshStore());
});
afterAll(() => close?.());

const TIMES_OUT_MS = 30_000;

/** Asks for a scan in a process that reads nothing; the one that does ends it with `scan`. */
async function scanElsewhere(scan: () => Promise<ScanProgress>): Promise<ScanProgress> {
  type Arguments = Parameters<typeof scanWherePolled>;
  const poller = { isHere: async () => false } as unknown as Arguments[1];
  const wanted = { system: "crm", entity: "customer", everything: false };
  const asked = scanWherePolled({ db } as unknown as Arguments[0], poller, wanted, () => {});
  // Heard below; until then nobody has to.
  asked.catch(() => {});
  await until(
    "the other process has been asked",
    async () => {
      const requests = await takeScanRequests(db, "crm", "reader");
      for (const request of requests) await carryOutScan(db, request, scan).catch(() => {});
      return requests.length > 0;
    },
    TIMES_OUT_MS,
  );
  return asked;
}

test("what a scan in another process has read is told to who asked for it", async () => {
  const progress = { read: 12, accepted: 11, parked: 1 };
  await expect(scanElsewhere(async () => progress)).resolves.toEqual(progress);
});

test("a scan that failed in another process fails for who asked with the same code, text and hint", async () => {
  const refused = new NaveError("NAVE_CREDENTIALS_REFUSED", "crm does not accept the token", {
    accepts: "a token with the right to read customers",
  });
  const failing = scanElsewhere(() => Promise.reject(refused));
  await expect(failing).rejects.toMatchObject({
    code: "NAVE_CREDENTIALS_REFUSED",
    message: refused.message,
    detail: { accepts: "a token with the right to read customers" },
  });
});

test("no request is left behind when it has been answered", async () => {
  await scanElsewhere(async () => ({ read: 0, accepted: 0, parked: 0 }));
  expect(await db.query("select 1 from nave.scan_request")).toEqual([]);
});
