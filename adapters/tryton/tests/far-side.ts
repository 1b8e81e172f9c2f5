import { randomUUID } from "node:crypto";
import type { Json, JsonObject, Observation, Spoke } from "../../../src/adapter-kit/contract.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/far-side.ts";

type Call = (method: string, params: Json[]) => Promise<Json>;

const MODELS: Readonly<Record<string, string>> = {
  customer: "party.party",
  product: "product.product",
  order: "sale.sale",
};

/** What user admin sees and does; reads and edits go through the adapter with admin's login, deletes past it. */
export function adminFarSide(call: Call, admin: Spoke): FarSide {
  const readOne = async (entity: string, id: string): Promise<Observation | undefined> =>
    (await admin.read(entity, [id], signal()))[0];
  const seed: FarSide["seed"] = async (entity, natives) => {
    const ids: string[] = [];
    for (let first = 0; first < natives.length; first += 50) {
      const bodies = natives.slice(first, first + 50);
      const requests = bodies.map((body) => ({ kind: "create", probeKey: randomUUID(), body }) as const);
      for (const outcome of await admin.write(entity, requests, signal())) {
        if (outcome.kind !== "written") throw new Error(JSON.stringify(outcome));
        ids.push(outcome.localId);
      }
    }
    return ids;
  };
  return {
    seed,
    insert: async (entity, native) => (await seed(entity, [native]))[0] ?? "",
    get: async (entity, id) => (await readOne(entity, id))?.native,
    async all(entity) {
      const natives: JsonObject[] = [];
      for await (const page of admin.changes(entity, { full: true, signal: signal() })) {
        natives.push(...page.observations.map(({ native }) => native));
      }
      return natives;
    },
    async edit(entity, localId, changes) {
      const held = (await readOne(entity, localId))?.native ?? {};
      const request = { kind: "update", localId, probeKey: randomUUID(), changes, held } as const;
      const [outcome] = await admin.write(entity, [request], signal());
      if (outcome?.kind !== "written") throw new Error(JSON.stringify(outcome));
    },
    async remove(entity, id) {
      const model = MODELS[entity];
      const [record] = (await call(`model.${model}.read`, [
        [Number(id)],
        entity === "product" ? ["template"] : [],
      ])) as JsonObject[];
      const [owner, ownerId] =
        entity === "product" ? ["product.template", record?.["template"] ?? null] : [model, Number(id)];
      await call(`model.${owner}.delete`, [[ownerId]]);
    },
    ledger: async () => [],
  };
}

function signal(): AbortSignal {
  return AbortSignal.timeout(60_000);
}
