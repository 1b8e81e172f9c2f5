import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { generateDemo, seedDemo } from "../../adapters/sandbox-crm/simulator/demo-data.ts";
import { startServer as startCrm } from "../../adapters/sandbox-crm/simulator/server.ts";
import { startServer as startErp } from "../../adapters/sandbox-erp/simulator/server.ts";
import type { Json, JsonObject, Spoke, WriteOutcome } from "../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../src/adapter-kit/load-adapters.ts";
import { flatten } from "../../src/canonical/fields.ts";
import { loadModel } from "../../src/canonical/model.ts";
import { loadMapping } from "../../src/mapping/load-mapping.ts";
import type { Mapping } from "../../src/mapping/types.ts";
import { signal } from "./bed.ts";

const ADAPTERS = join(import.meta.dirname, "../../adapters");
const BROKEN = 10;
const model = loadModel();

const mappingOf = (adapter: string, system: string, entity: string): Mapping =>
  loadMapping(join(ADAPTERS, adapter), entity, { system, type: model.entity(entity) });

test("what the demo CRM holds can be written to the ERP and reads the same there, except what is broken on purpose", async () => {
  const [crm, erp] = await Promise.all([startCrm(), startErp()]);
  onTestFinished(async () => void (await Promise.all([crm.close(), erp.close()])));
  await seedDemo(crm, generateDemo({ customers: 300, products: 60, orders: 300, broken: BROKEN }));
  const { connect, manifest } = await loadAdapter(join(ADAPTERS, "sandbox-erp"));
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const spoke = await connect({ system: "erp", settings: erp.settings, manifest, log });
  const localIds = new Map<string, string>();

  for (const entity of ["product", "customer", "order"]) {
    const [read, write] = [mappingOf("sandbox-crm", "crm", entity), mappingOf("sandbox-erp", "erp", entity)];
    const records = (await crm.all(entity)).map((native) => ({
      id: native["id"] as string,
      body: referring(read.toCanonical(native).body, localIds) as JsonObject,
    }));
    const known = records.filter(({ body }) => !JSON.stringify(body).includes('"system":"crm"'));
    const natives = known.map(({ body }) => write.fromCanonical(body));
    expect(natives.flatMap(({ problems }) => problems)).toEqual([]);
    const outcomes = await writeAll(
      spoke,
      entity,
      natives.map(({ native }) => native),
    );
    const refused = outcomes.filter((outcome) => outcome.kind !== "written");
    expect(refused).toHaveLength(entity === "customer" ? BROKEN : 0);
    expect(refused.every((outcome) => outcome.kind === "refused" && outcome.field === "TaxId")).toBe(true);
    for (const [index, outcome] of outcomes.entries()) {
      const { id = "", body = {} } = known[index] ?? {};
      if (outcome.kind !== "written") continue;
      localIds.set(id, outcome.localId);
      const back = write.toCanonical(outcome.observation?.native ?? {});
      const type = model.entity(entity);
      const expected = flatten(type, write.toCanonical(write.fromCanonical(body).native).body);
      const held = flatten(type, back.body);
      expect(back.problems).toEqual([]);
      expect([...expected].filter(([path, value]) => !isDeepStrictEqual(held.get(path), value))).toEqual([]);
    }
  }
});

async function writeAll(
  spoke: Spoke,
  entity: string,
  natives: readonly JsonObject[],
): Promise<WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (let start = 0; start < natives.length; start += 100) {
    const requests = natives.slice(start, start + 100).map((body, index) => {
      return { kind: "create", probeKey: `${entity}-${start + index}`, body } as const;
    });
    outcomes.push(...(await spoke.write(entity, requests, signal())));
  }
  return outcomes;
}

/** The body with the CRM's references replaced by the ERP's, as far as those are known. */
function referring(value: Json, localIds: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => referring(item, localIds));
  if (typeof value !== "object" || value === null) return value;
  const localId = value["system"] === "crm" ? localIds.get(value["localId"] as string) : undefined;
  if (localId !== undefined) return { system: "erp", localId };
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, referring(held, localIds)]));
}
