import {
  type JsonObject,
  outcomeOfError,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import type { ErpClient } from "./client.ts";
import { observe, recordsOf } from "./observe.ts";

/** The element that the ERP keeps unique. */
const NATURAL_KEY: Readonly<Record<string, string>> = {
  customer: "CustNo",
  product: "ArticleNo",
  "price-list": "ListNo",
};

/** Translates the ERP's word on one change of a Save. */
export async function outcomeOf(
  client: ErpClient,
  entity: string,
  request: WriteRequest,
  result: JsonObject,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { Status, Id, Code, Text, Field, Value, Accepts, Candidates } = result;
  if (Status === "OK") {
    const [wire] = recordsOf(result);
    return { kind: "written", localId: Id as string, ...(wire && { observation: observe(wire) }) };
  }
  if (Status !== "ERROR") return { kind: "unknown", text: "The ERP's answer says nothing about this record" };
  const text = typeof Text === "string" ? Text : "Refused without a reason";
  if (Code === "STALE") return { kind: "stale" };
  if (Code === "MISSING" && request.kind !== "create") return { kind: "missing" };
  if (Code === "DUPLICATE") {
    return Array.isArray(Candidates)
      ? { kind: "duplicate", candidates: Candidates as string[], text }
      : duplicate(client, entity, request, text, signal);
  }
  return {
    kind: "refused",
    text,
    ...(typeof Field === "string" && { field: Field }),
    ...(typeof Value === "string" && { value: Value }),
    ...(typeof Accepts === "string" && { accepts: Accepts }),
  };
}

/** A page of HTML in place of an answer may mean a taken natural key; otherwise nobody knows what became of the write. */
export async function afterHtml(
  client: ErpClient,
  entity: string,
  request: WriteRequest,
  unknown: WriteOutcome,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  if (request.kind !== "create") return unknown;
  const found = await duplicate(client, entity, request, "The ERP failed; the natural key is taken", signal);
  return found.kind === "duplicate" && found.candidates.length > 0 ? found : unknown;
}

/** Not written for certain; when its holders cannot be asked for just now, the whole is tried later. */
async function duplicate(
  client: ErpClient,
  entity: string,
  request: WriteRequest,
  text: string,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  try {
    return { kind: "duplicate", candidates: await holders(client, entity, request, signal), text };
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** Records other than this one that hold its natural key. */
async function holders(
  client: ErpClient,
  entity: string,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<string[]> {
  if (request.kind !== "create" && request.kind !== "update") return [];
  const key = (request.kind === "create" ? request.body : request.changes)[NATURAL_KEY[entity] ?? ""];
  if (typeof key !== "string") return [];
  const { native, probe } = client.capability(entity);
  const found = recordsOf(
    await client.ask("Find", { Entity: native, Field: "Number", Values: [key] }, signal),
  );
  const others = found.filter((wire) => probe === undefined || wire[probe] !== request.probeKey);
  return others.map((wire) => wire["Id"] as string);
}
