import { add, subtract } from "../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import type { Directory } from "./directory.ts";
import { idOf, latestStamp, linked, plainText, present, quantity, type Row, rowsOf, text } from "./rows.ts";
import type { Source } from "./source.ts";

const MOVES_PER_CALL = 1000;
const GOODS: Json = ["template.type", "in", ["goods", "assets"]];

/**
 * One record for each product in each warehouse; its local id is `<product>@<warehouse>`. Movements show in `stock.move` only;
 * a product that has not moved yet has its level, zero, from the day it is made.
 */
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
        model: "product.product",
        domain: [GOODS],
        fields: [],
        owners: (rows) => inEachWarehouse(rows.map(({ id }) => id)),
      },
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
  const moved = await latestMoves(call, products, signal);
  return onHand.map((row) => {
    const free = available.get(row.id) ?? row;
    const stamp = moved.get(row.id) ?? text(row, "create_date");
    return observeLevel(row, free, warehouse, expected.get(row.id) ?? [], stamp);
  });
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

/** When each of these products moved last. */
async function latestMoves(
  call: Call,
  products: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const latest = new Map<number, string>();
  for (const field of ["write_date", "create_date"]) {
    let unknown = products;
    // newest first: the first move of a product tells; those of which none was among so many are asked for again
    while (unknown.length > 0) {
      const moves = await newestMoves(call, field, unknown, signal);
      const found = new Set(moves.map((move) => idOf(move, "product") ?? 0));
      for (const move of moves) noteLatest(latest, move);
      unknown = moves.length < MOVES_PER_CALL ? [] : unknown.filter((product) => !found.has(product));
    }
  }
  return latest;
}

async function newestMoves(
  call: Call,
  field: string,
  products: readonly number[],
  signal: AbortSignal,
): Promise<Row[]> {
  const domain: Json[] = [
    ["product", "in", [...products]],
    [field, "!=", null],
  ];
  const params: Json[] = [domain, 0, MOVES_PER_CALL, [[field, "DESC"]], ["product", field]];
  return rowsOf(await call("model.stock.move.search_read", params, { signal }));
}

function noteLatest(latest: Map<number, string>, move: Row): void {
  const product = idOf(move, "product") ?? 0;
  const stamp = latestStamp([move]);
  const known = latest.get(product);
  if (stamp !== undefined && (known === undefined || stamp > known)) latest.set(product, stamp);
}
