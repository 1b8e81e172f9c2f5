import { add, subtract } from "../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import type { Directory } from "./directory.ts";
import { idOf, latestStamp, linked, plainText, present, quantity, type Row, rowsOf, text } from "./rows.ts";
import type { Source } from "./source.ts";

const GOODS: Json = ["template.type", "in", ["goods", "assets"]];

/** One record for each product in each warehouse; its local id is `<product>@<warehouse>`. Movements show in `stock.move` only. */
export function stockLevelSource(call: Call, directory: Directory): Source {
  const inEachWarehouse = async (products: readonly number[]) => {
    const warehouses = await directory.warehouses.all();
    return [...new Set(products)].flatMap((product) =>
      warehouses.map((warehouse) => `${product}@${warehouse.id}`),
    );
  };
  return {
    model: "product.product",
    domain: [GOODS],
    localIds: inEachWarehouse,
    watched: [
      {
        model: "stock.move",
        domain: [],
        fields: ["product"],
        owners: (rows) =>
          inEachWarehouse(rows.map((row) => idOf(row, "product")).filter((id) => id !== undefined)),
      },
    ],
    async read(localIds, signal) {
      const observations: Observation[] = [];
      for (const warehouse of await directory.warehouses.all()) {
        const products = localIds
          .filter((id) => id.endsWith(`@${warehouse.id}`))
          .map((id) => Number.parseInt(id, 10));
        if (products.length > 0) observations.push(...(await readLevels(call, warehouse, products, signal)));
      }
      return observations;
    },
  };
}

async function readLevels(
  call: Call,
  warehouse: Row,
  products: readonly number[],
  signal: AbortSignal,
): Promise<Observation[]> {
  const domain: Json[] = [["id", "in", [...products]], GOODS];
  const fields: Json[] = ["quantity", "template.default_uom.symbol", "create_date"];
  const read = async (assigned: boolean) => {
    // without locations Tryton answers 0; `stock_assign` counts what is set aside for shipments as gone
    const context = { locations: [warehouse.id], stock_assign: assigned, active_test: false };
    return rowsOf(
      await call("model.product.product.search_read", [domain, 0, null, null, fields], { context, signal }),
    );
  };
  const [onHand, available] = [await read(false), new Map((await read(true)).map((row) => [row.id, row]))];
  const expected = await readExpected(call, warehouse, products, signal);
  const observations: Observation[] = [];
  for (const row of onHand) {
    const free = available.get(row.id) ?? row;
    const stamp = (await latestMove(call, row.id, signal)) ?? text(row, "create_date");
    observations.push(observeLevel(row, free, warehouse, expected.get(row.id) ?? [], stamp));
  }
  return observations;
}

function observeLevel(
  row: Row,
  free: Row,
  warehouse: Row,
  expected: readonly JsonObject[],
  stamp: string | undefined,
): Observation {
  const onHand = quantity(row, "quantity");
  const available = quantity(free, "quantity");
  const template = linked(row, "template");
  const unit = text(template && linked(template, "default_uom"), "symbol");
  const native = present({
    product: String(row.id),
    warehouse: text(warehouse, "code") ?? String(warehouse.id),
    warehouse_name: text(warehouse, "name"),
    unit,
    quantity: onHand,
    assigned: subtract(onHand, available),
    available,
    expected: expected.map((one) => ({ ...one, ...(unit === undefined ? {} : { unit }) })),
    // the last movement, not the moment of reading: a level that did not move is the same record
    as_of: stamp,
  });
  return {
    localId: `${row.id}@${warehouse.id}`,
    native,
    ...(stamp === undefined ? {} : { modifiedAt: stamp }),
  };
}

/** What suppliers are to deliver into the warehouse, added up by day. */
async function readExpected(
  call: Call,
  warehouse: Row,
  products: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, JsonObject[]>> {
  const domain: Json[] = [
    ["product", "in", [...products]],
    ["state", "in", ["draft", "assigned"]],
    ["from_location.type", "in", ["supplier", "production"]],
    ["to_location", "child_of", [warehouse.id], "parent"],
    ["planned_date", "!=", null],
  ];
  const fields: Json[] = ["product", "internal_quantity", "planned_date"];
  const moves = rowsOf(
    await call("model.stock.move.search_read", [domain, 0, null, [["planned_date", "ASC"]], fields], {
      signal,
    }),
  );
  const byProduct = new Map<number, JsonObject[]>();
  for (const move of moves) {
    const product = idOf(move, "product") ?? 0;
    const days = byProduct.get(product) ?? [];
    const date = text(move, "planned_date") ?? "";
    const day = days.find((one) => one["date"] === date);
    if (day) day["quantity"] = add(plainText(day["quantity"]), quantity(move, "internal_quantity"));
    else days.push({ key: date, date, quantity: quantity(move, "internal_quantity") });
    byProduct.set(product, days);
  }
  return byProduct;
}

async function latestMove(call: Call, product: number, signal: AbortSignal): Promise<string | undefined> {
  const newest = async (field: string) => {
    const domain: Json[] = [
      ["product", "=", product],
      [field, "!=", null],
    ];
    return rowsOf(
      await call("model.stock.move.search_read", [domain, 0, 1, [[field, "DESC"]], [field]], { signal }),
    );
  };
  return latestStamp([...(await newest("write_date")), ...(await newest("create_date"))]);
}
