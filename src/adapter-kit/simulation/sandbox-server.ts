import type { JsonObject } from "../contract.ts";
import { CONTROL_PREFIX, type Controlled, controlFace } from "./control-face.ts";
import type { SandboxOptions, SandboxServer } from "./far-side.ts";
import { type Face, serveFace } from "./http-face.ts";
import type { StoredRecord } from "./record-table.ts";
import type { SandboxRecords } from "./sandbox-records.ts";

export type SandboxParts = {
  records: SandboxRecords;
  face: Face;
  /** A stored record in the form that the product's protocol shows and the adapter reads. */
  show: (record: StoredRecord) => JsonObject;
  settings: (url: string) => JsonObject;
  /** What the product's users can do besides editing records; answers an id. */
  actions?: Readonly<Record<string, (id: string) => string>>;
};

/** Puts a simulated product together: its protocol and the control face on one port, and the far side for tests. */
export async function startSandbox(parts: SandboxParts, options: SandboxOptions): Promise<SandboxServer> {
  const { records } = parts;
  const controlled = controls(parts);
  const faces = [
    { prefix: CONTROL_PREFIX, face: controlFace(controlled), misbehaves: false },
    { prefix: "/", face: parts.face, misbehaves: true },
  ];
  const { url, close } = await serveFace(faces, records.misbehaviour, options.port);
  return {
    ...controlled,
    url,
    settings: parts.settings(url),
    close: async () => {
      await close();
      records.table.close();
    },
  };
}

function controls({ records, show, actions = {} }: SandboxParts): Controlled {
  return {
    seed: (entity, natives) =>
      records.commit((stamp) => natives.map((native) => records.create(entity, native, stamp, "seed").id)),
    all: async (entity) => records.all(entity).map(show),
    get: async (entity, id) => {
      const record = records.get(entity, id);
      return record && show(record);
    },
    edit: (entity, id, changes) => records.commit((stamp) => void records.update(entity, id, changes, stamp)),
    insert: (entity, native) => records.commit((stamp) => records.create(entity, native, stamp).id),
    remove: (entity, id) => records.commit((stamp) => records.remove(entity, id, stamp)),
    ledger: async () => records.table.ledger(),
    misbehave: async (changes) => void Object.assign(records.misbehaviour, changes),
    act: async (action, id) => {
      const perform = actions[action];
      if (!perform) throw new Error(`No action ${action}; accepted: ${Object.keys(actions).join(", ")}`);
      return records.table.transaction(() => perform(id));
    },
    misbehaviour: async () => ({ ...records.misbehaviour }),
  };
}
