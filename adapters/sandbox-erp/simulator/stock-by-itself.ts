import type { SandboxRecords } from "../../../src/adapter-kit/simulation/index.ts";

/** Puts every nth article that is kept on stock into the main warehouse, as soon as the ERP has it. */
export function stockByItself(records: SandboxRecords, everyNth: number): void {
  records.onCommit(({ entity, id, kind }) => {
    if (entity !== "product" || kind !== "create" || Number(id) % everyNth !== 0) return;
    const article = records.get("product", id)?.native;
    if (article?.["StockItem"] !== true) return;
    const amounts = { OnHand: "5000.000", Reserved: "0.000", Available: "5000.000" };
    const place = {
      Place: "MAIN",
      PlaceKind: "E",
      PlaceName: "Main warehouse",
      Unit: article["Unit"] ?? "ST",
    };
    const AsOf = `${new Date(records.now()).toISOString().slice(0, 19)}Z`;
    records.table.transaction(() =>
      records.create("stock-level", { ArticleId: id, ...place, ...amounts, AsOf }),
    );
  });
}
