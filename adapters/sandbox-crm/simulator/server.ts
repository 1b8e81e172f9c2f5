import {
  HookSender,
  type SandboxOptions,
  SandboxRecords,
  type SandboxServer,
  startSandbox,
  WELL_BEHAVED,
} from "../../../src/adapter-kit/simulation/index.ts";
import { COLLECTIONS, restFace } from "./rest-face.ts";
import { CRM_RULES } from "./rules.ts";
import { show } from "./show.ts";

const CREDENTIALS = { clientId: "hub", clientSecret: "sandbox-crm-secret" };

/** Starts the Sandbox CRM, a stand-in for a real CRM: REST and JSON on the loopback address. Never for production. */
export function startServer(options: SandboxOptions = {}): Promise<SandboxServer> {
  const records = new SandboxRecords(CRM_RULES, { ...WELL_BEHAVED, ...options.misbehave }, options);
  const hookSecret = options.hookSecret ?? "sandbox-crm-hooks";
  const generation = `g${records.table.generation()}`;
  if (options.hookUrl !== undefined) {
    const target = { url: options.hookUrl, secret: hookSecret, header: "x-sandbox-signature" };
    const hooks = new HookSender(target, records.misbehaviour);
    const collectionOf = new Map(
      Object.entries(COLLECTIONS).map(([collection, entity]) => [entity, collection]),
    );
    records.onCommit(({ entity, id, kind }) => {
      hooks.send({ events: [{ collection: collectionOf.get(entity), event: kind, id }] });
    });
  }
  const face = restFace({ records, ...CREDENTIALS, generation });
  return startSandbox(
    { records, face, show, settings: (url) => ({ url, ...CREDENTIALS, hookSecret }) },
    options,
  );
}
