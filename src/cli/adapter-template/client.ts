import {
  type EntityCapability,
  type HttpClient,
  httpClient,
  type JsonObject,
  type Manifest,
  NaveError,
  type Observation,
} from "../../adapter-kit/index.ts";

export type Client = {
  http: HttpClient;
  manifest: Manifest;
  /** Path of an entity's collection, such as `/customers`. */
  collection(entity: string): string;
  capability(entity: string): EntityCapability;
};

/** The session with one installation: where it is and how the hub shows who it is. */
export function connectClient(settings: JsonObject, manifest: Manifest): Client {
  const http = httpClient({
    baseUrl: settings["url"] as string,
    timeoutMs: manifest.limits.timeoutMs,
    headers: { authorization: `Bearer ${settings["token"] as string}` },
  });
  const capability = (entity: string) => {
    const found = manifest.entities[entity];
    if (found) return found;
    throw new NaveError("NAVE_NOT_SUPPORTED", `there is no ${entity} here`, {
      value: entity,
      accepts: Object.keys(manifest.entities).join(", "),
    });
  };
  return { http, manifest, capability, collection: (entity) => `/${capability(entity).native}` };
}

/** A record as the product sends it: `id` and `updatedAt` beside its fields. */
export function observe(wire: JsonObject): Observation {
  const { id, updatedAt, ...native } = wire;
  return {
    localId: `${id as string | number}`,
    native,
    ...(typeof updatedAt === "string" ? { modifiedAt: updatedAt } : {}),
  };
}
