import type { Json, JsonObject } from "../../../src/adapter-kit/index.ts";
import { plainText } from "../rows.ts";
import { MODELS } from "./models.ts";
import type { Records, Stored } from "./records.ts";

/** What a method of a model answers; undefined: Tryton does not have it, and says 403 with a page of HTML. */
export function callMethod(
  records: Records,
  method: string,
  params: Json[],
  stamp: string,
): Json | undefined {
  const [, model = "", name = ""] = /^model\.(.+)\.([^.]+)$/.exec(method) ?? [];
  const context = (params.at(-1) ?? {}) as JsonObject;
  if (method === "model.res.user.get_preferences") return { company: 1, language: "en" };
  if (!MODELS[model]) return undefined;
  const run = model === "sale.sale" ? (SALE_STEPS[name] ?? METHODS[name]) : METHODS[name];
  return run?.({ records, model, params: params.slice(0, -1), context, stamp });
}

type Invocation = { records: Records; model: string; params: Json[]; context: JsonObject; stamp: string };
type Method = (invocation: Invocation) => Json;

const METHODS: Readonly<Record<string, Method>> = {
  search: (asked) => page(asked).map((row) => row.id),
  search_read: (asked) => shown(asked, page(asked), asked.params[4]),
  search_count: ({ records, model, params, context }) =>
    records.search(model, params[0] ?? [], context).length,
  read(asked) {
    const ids = asked.params[0] as number[];
    const rows = ids.map((id) => asked.records.get(asked.model, id)).filter((row) => row !== undefined);
    return shown(asked, rows, asked.params[1]);
  },
  create: ({ records, model, params, stamp }) =>
    (params[0] as JsonObject[]).map((values) => records.create(model, values, stamp)),
  write({ records, model, params, context, stamp }) {
    const locks = (context["_timestamp"] ?? {}) as JsonObject;
    for (let index = 0; index < params.length; index += 2) {
      for (const id of params[index] as number[])
        records.write(model, id, params[index + 1] as JsonObject, stamp, locks);
    }
    return null;
  },
  delete({ records, model, params }) {
    for (const id of params[0] as number[]) records.delete(model, id);
    return null;
  },
  fields_get: () => ({ unit_price: { digits: "[16, 4]" }, base_price: { digits: "[16, 4]" } }),
};

/** From which state a step leads to which; in any other state nothing happens, and nobody is told. */
const STEPS: Readonly<Record<string, Record<string, string>>> = {
  quote: { draft: "quotation" },
  confirm: { quotation: "processing" },
  draft: { quotation: "draft", cancelled: "draft" },
  cancel: { draft: "cancelled", quotation: "cancelled" },
};

const SALE_STEPS: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.entries(STEPS).map(([name, moves]): [string, Method] => [
    name,
    ({ records, params, context, stamp }) => {
      for (const id of params[0] as number[]) {
        const sale = records.get("sale.sale", id);
        const state = moves[plainText(sale?.["state"])];
        if (state === undefined) continue;
        const number = sale?.["number"] ?? (state === "quotation" ? String(1000 + id) : null);
        records.write("sale.sale", id, { state, number }, stamp, (context["_timestamp"] ?? {}) as JsonObject);
      }
      return null;
    },
  ]),
);

function page({ records, model, params, context }: Invocation): Stored[] {
  const [domain = [], offset, limit, order] = params;
  const rows = records.search(model, domain, context);
  const [[field, direction] = ["id", "ASC"]] = (order ?? []) as [string, string][];
  const valueOf = (row: Stored) => (field === "id" ? row.id : (records.valueOf(model, row, field) ?? ""));
  const sign = direction.startsWith("DESC") ? -1 : 1;
  rows.sort((a, b) => (valueOf(a) < valueOf(b) ? -sign : valueOf(a) > valueOf(b) ? sign : a.id - b.id));
  const first = Number(offset ?? 0);
  return rows.slice(first, typeof limit === "number" ? first + limit : undefined);
}

function shown({ records, model, context }: Invocation, rows: Stored[], names: Json | undefined): Json {
  return rows.map((row) => records.show(model, row, (names ?? []) as string[], context));
}
