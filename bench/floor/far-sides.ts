import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { crmRecord, KINDS } from "../simulator/records.ts";
import type { Delivered, Merged } from "./statements.ts";

const PAGE = 1000;

export type Page = { records: { id: string; record: JsonObject }[]; next: number; isLast: boolean };

/** Where the floor reads and writes. */
export type FarSides = {
  changes(after: number): Promise<Page>;
  write(group: readonly Merged[]): Promise<Delivered[]>;
};

/** The bench systems, by the same calls and batches as the adapter's. */
export function systemsAt(url: string, targets: readonly string[]): FarSides {
  const ask = async <Answer>(path: string, body: object): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body) });
    return (await response.json()) as Answer;
  };
  return {
    changes: (after) => ask("/crm/customer/changes", { after, limit: PAGE }),
    async write(group) {
      const written = [...Map.groupBy(group, ({ body }) => targetOf(body, targets))].map(
        async ([target, share]) => {
          const operations = share.map(({ canonicalId: key, body }) => ({ key, fields: erpCustomer(body) }));
          const { answers } = await ask<Answers>(`/${target}/customer/write`, { operations });
          return share.map(({ canonicalId }, index) => ({
            canonicalId,
            target,
            localId: answers[index]?.wire.id ?? "",
          }));
        },
      );
      return (await Promise.all(written)).flat();
    },
  };
}

type Answers = { answers: { wire: { id: string } }[] };

function targetOf(body: JsonObject, targets: readonly string[]): string {
  return targets[KINDS.indexOf(body["type"] as string) % targets.length] ?? "erp";
}

/** No systems at all: what database and broker give by themselves. All records are there from the start. */
export function nowhere(records: number): FarSides {
  let written = 0;
  return {
    async changes(after) {
      const next = Math.min(records, after + PAGE);
      const page = Array.from({ length: next - after }, (_, index) => {
        const record = crmRecord("customer", after + index + 1, 1);
        return { id: record["id"] as string, record };
      });
      return { records: page, next, isLast: next === records };
    },
    async write(group) {
      return group.map(({ canonicalId }) => ({ canonicalId, target: "erp", localId: `e-${++written}` }));
    },
  };
}

type Channel = { type: string; value: string };

/** The CRM's customer as the ERP wants it, by hand. */
function erpCustomer(body: JsonObject): JsonObject {
  const channels = body["channels"] as Channel[];
  const valueOf = (type: string) => channels.find((one) => one.type === type)?.value ?? null;
  const kinds: Record<string, string> = { COMPANY: "F", PERSON: "P", DEALER: "H", AUTHORITY: "O" };
  const addresses = body["addresses"] as Record<string, string>[];
  return {
    Name1: body["displayName"] ?? null,
    CustKind: kinds[body["type"] as string] ?? null,
    LegalName: body["companyName"] ?? null,
    Lang: String(body["language"]).toUpperCase(),
    Addresses: addresses.map((one) => ({
      AddrType: one["role"] === "BILL" ? "RE" : "LI",
      Name: one["recipient"] ?? null,
      Street: one["street"] ?? null,
      Zip: one["zip"] ?? null,
      City: one["town"] ?? null,
      Country: one["countryCode"] ?? null,
    })),
    Email: valueOf("EMAIL"),
    Phone: valueOf("PHONE"),
    CustNo: body["customerNumber"] ?? null,
    TaxId: body["vatNumber"] ?? null,
    Memo: body["notes"] ?? null,
  };
}
