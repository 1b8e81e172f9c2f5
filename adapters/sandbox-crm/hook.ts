import {
  type Hint,
  type HookRequest,
  type JsonObject,
  type Manifest,
  NaveError,
  verifyHmac,
} from "../../src/adapter-kit/index.ts";

/** Reads a web hook: `{ "events": [{ "collection", "event", "id" }] }`, signed in `x-sandbox-signature: sha256=<hex>`. */
export function readHook({ headers, body }: HookRequest, settings: JsonObject, manifest: Manifest): Hint[] {
  const header = headers["x-sandbox-signature"];
  const signature = typeof header === "string" ? header.replace(/^sha256=/, "") : "";
  const secret = settings["hookSecret"];
  if (typeof secret !== "string" || !verifyHmac({ secret, body, signature })) {
    throw new NaveError("NAVE_REQUEST_INVALID", "The web hook's signature is missing or wrong");
  }
  const entityOf = new Map(Object.entries(manifest.entities).map(([entity, { native }]) => [native, entity]));
  return readEvents(body).flatMap(({ collection, id }) => {
    const entity = entityOf.get(collection as string);
    return entity !== undefined && typeof id === "string" ? [{ entity, localId: id }] : [];
  });
}

function readEvents(body: Buffer): { collection?: unknown; id?: unknown }[] {
  try {
    const { events } = JSON.parse(body.toString("utf8")) as {
      events: { collection?: unknown; id?: unknown }[];
    };
    return events.filter((event) => typeof event === "object" && event !== null);
  } catch (cause) {
    throw new NaveError("NAVE_REQUEST_INVALID", "The web hook holds no list of events", {}, cause);
  }
}
