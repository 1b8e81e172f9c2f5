import {
  RefusedError,
  type SandboxRecords,
  type StoredRecord,
} from "../../../src/adapter-kit/simulation/index.ts";
import { confirmOrder, needsBuying } from "./business.ts";

/** Confirms drafts that need an article not kept on stock; one that credit forbids is left to a person. */
export function confirmByItself(records: SandboxRecords, afterMs: number): void {
  const confirmLater = (order: StoredRecord) => {
    if (order.native["State"] !== "DRAFT" || !needsBuying(records, order)) return;
    setTimeout(() => void (records.table.isOpen && confirm(records, order.id)), afterMs).unref();
  };
  records.onCommit(({ entity, id, kind }) => {
    const order = entity === "order" && kind === "create" ? records.get(entity, id) : undefined;
    if (order) confirmLater(order);
  });
  for (const order of records.all("order")) confirmLater(order);
}

function confirm(records: SandboxRecords, orderId: string): void {
  try {
    records.table.transaction(() => confirmOrder(records, orderId));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
}
