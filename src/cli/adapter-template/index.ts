import type { Connect, JsonObject, Observation } from "../../adapter-kit/index.ts";
import { type Client, connectClient, observe } from "./client.ts";
import { scanChanges } from "./scan.ts";
import { writeRecords } from "./write.ts";

/** Connects a REST interface that lists, reads, creates and patches records as JSON. */
export const connect: Connect = async ({ settings, manifest }) => {
  const client = connectClient(settings, manifest);
  return {
    changes: (entity, request) => scanChanges(client, entity, request),
    read: (entity, localIds, signal) => findBy(client, entity, "id", localIds, signal),
    write: (entity, requests, signal) => writeRecords(client, entity, requests, signal),
    findByProbe: async (entity, probeKeys, signal) => {
      const { probe = "" } = client.capability(entity);
      const found = await findBy(client, entity, probe, probeKeys, signal);
      return found.map((observation) => ({ probeKey: observation.native[probe] as string, observation }));
    },
    health: async (signal) => {
      const answer = await client.http({ method: "GET", path: "/status", signal });
      return answer.json() as { version?: string; now?: string };
    },
    close: async () => {},
  };
};

/** `GET /<collection>?<property>=a,b`: records that do not exist are not in the answer. */
async function findBy(
  client: Client,
  entity: string,
  property: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Observation[]> {
  if (values.length === 0) return [];
  const query = { [property]: values.join(",") };
  const answer = await client.http({ method: "GET", path: client.collection(entity), query, signal });
  return (answer.json() as { data: JsonObject[] }).data.map(observe);
}
