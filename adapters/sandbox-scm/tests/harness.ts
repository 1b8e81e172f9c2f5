import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject, Spoke } from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/index.ts";
import type { Harness } from "../../../tests/adapters/harness.ts";
import { startServer } from "../simulator/server.ts";

const FOLDER = new URL("..", import.meta.url);

export const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A connection of its own, as another process of the hub would have one. */
export async function connectSupplier(settings: JsonObject): Promise<Spoke> {
  const { connect, manifest } = await loadAdapter(fileURLToPath(FOLDER).replace(/\/$/, ""));
  return connect({ system: "supplier", settings, manifest, log: SILENT });
}

export const orderSample = (n: number): JsonObject => ({
  ID: `PO-${n}`,
  IssueDate: "2026-11-20",
  Note: "Ring twice",
  DocumentCurrencyCode: "EUR",
  OriginatorOrder: `SO-${n}`,
  StreetName: "Kai 7",
  AdditionalStreetName: "Tor 3",
  CityName: "Hamburg",
  PostalZone: "20457",
  Country: "DE",
  RequestedDeliveryDate: "2026-11-30",
  DeliverTo: "Lager <2> & Söhne",
  LineTotal: "1214.55",
  PayableAmount: "1214.55",
  OrderLine: [
    {
      ID: "1",
      Quantity: "10",
      Unit: "C62",
      NetAmount: "1214.55",
      DiscountPercent: "10",
      Price: "134.95",
      Description: "Gravel frame",
      ItemID: "BIKE-7",
    },
  ],
});

const despatchLine = {
  id: "1",
  orderLine: "1",
  item: "BIKE-7",
  quantity: "4",
  unit: "C62",
  outstanding: "6",
};

const SAMPLES: Readonly<Record<string, (n: number, to: Readonly<Record<string, string>>) => JsonObject>> = {
  "purchase-order": orderSample,
  shipment: (n, to) => ({ ID: `DA-${n}`, OrderID: to["purchase-order"] ?? "", lines: [despatchLine] }),
  "stock-level": (n) => ({ ID: `IR-${n}`, lines: [{ item: `BIKE-${n}`, quantity: "12.5", unit: "C62" }] }),
};

/** Orders are put there by another worker of the hub; documents by the supplier; a person clears them away. */
function farSide(server: FarSide, other: Spoke, directory: string): FarSide {
  let written = 0;
  const insert = async (entity: string, native: JsonObject): Promise<string> => {
    if (entity !== "purchase-order") return server.insert(entity, native);
    written += 1;
    const request = { kind: "create", probeKey: `other-${written}`, body: native } as const;
    const [outcome] = await other.write(entity, [request], AbortSignal.timeout(30_000));
    if (outcome?.kind !== "written") throw new Error(JSON.stringify(outcome));
    return outcome.localId;
  };
  return {
    ...server,
    insert,
    seed: async (entity, natives) => {
      const ids: string[] = [];
      for (const native of natives) ids.push(await insert(entity, native));
      return ids;
    },
    remove: async (entity, id) => {
      const mark = entity === "stock-level" ? id.slice(id.indexOf(":") + 1) : id;
      for (const folder of ["archive", "orders", "outbox"])
        await removeHolding(join(directory, folder), `ID>${mark}<`);
    },
  };
}

async function removeHolding(folder: string, text: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.endsWith(".xml"))) {
    if ((await readFile(join(folder, name), "utf8")).includes(text)) await rm(join(folder, name));
  }
}

export const supplierHarness: Harness = {
  folder: FOLDER,
  entities: ["purchase-order", "shipment", "stock-level"],
  start: async () => {
    const server = await startServer({ misbehave: { despatchAfterMs: -1, answerAfterMs: 1_000_000 } });
    const other = await connectSupplier(server.settings);
    const directory = server.settings["directory"] as string;
    return { settings: server.settings, far: farSide(server, other, directory), close: server.close };
  },
  many: 210,
  sample: (entity, n, references) => SAMPLES[entity]?.(n, references) ?? {},
  change: () => undefined,
  textField: (entity) => (entity === "purchase-order" ? "Note" : undefined),
  moneyField: (entity) => (entity === "purchase-order" ? "PayableAmount" : undefined),
  invalid: (entity) =>
    entity === "purchase-order" ? { ID: "PO-X", DocumentCurrencyCode: "EUR" } : undefined,
  unique: ["purchase-order"],
  misbehaviours: [],
};
