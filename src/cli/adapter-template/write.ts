import {
  type HttpResponse,
  type JsonObject,
  outcomeOfError,
  type WriteOutcome,
  type WriteRequest,
} from "../../adapter-kit/index.ts";
import { type Client, observe } from "./client.ts";

/** `POST /<collection>` and `PATCH /<collection>/<id>`, one record at a time; both answer the whole record. */
export function writeRecords(
  client: Client,
  entity: string,
  requests: readonly WriteRequest[],
  signal: AbortSignal,
): Promise<WriteOutcome[]> {
  return Promise.all(requests.map((request) => writeOne(client, entity, request, signal)));
}

async function writeOne(
  client: Client,
  entity: string,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const collection = client.collection(entity);
  const { probe } = client.capability(entity);
  try {
    if (request.kind === "create") {
      const body = { ...request.body, ...(probe === undefined ? {} : { [probe]: request.probeKey }) };
      return outcomeOf(await client.http({ method: "POST", path: collection, body, signal, writes: true }));
    }
    const path = `${collection}/${encodeURIComponent(request.localId)}`;
    if (request.kind === "update") {
      return outcomeOf(
        await client.http({ method: "PATCH", path, body: request.changes, signal, writes: true }),
      );
    }
    return { kind: "refused", text: `the manifest says that no ${entity} is removed here` };
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** The one place that translates the product's refusals into the hub's words. */
function outcomeOf(response: HttpResponse): WriteOutcome {
  if (response.status === 404) return { kind: "missing" };
  const answer = response.json() as JsonObject;
  if (response.status >= 400)
    return { kind: "refused", text: (answer["message"] as string | undefined) ?? `HTTP ${response.status}` };
  const observation = observe(answer);
  return { kind: "written", localId: observation.localId, observation };
}
