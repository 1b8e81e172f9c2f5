import {
  type SandboxOptions,
  SandboxRecords,
  type SandboxServer,
  startSandbox,
  WELL_BEHAVED,
} from "../../../src/adapter-kit/simulation/index.ts";
import { confirmOrder, invoiceOrder, payInvoice, shipOrder } from "./business.ts";
import { confirmByItself } from "./confirm-by-itself.ts";
import { ERP_RULES } from "./rules.ts";
import { show } from "./show.ts";
import { type BeforeWork, soapFace } from "./soap-face.ts";
import { stockByItself } from "./stock-by-itself.ts";

const CREDENTIALS = { user: "hub", password: "sandbox-erp-password" };

export type ErpOptions = SandboxOptions & {
  autoConfirmMs?: number;
  stockEveryNth?: number;
  before?: BeforeWork;
};

/**
 * Starts the Sandbox ERP, a stand-in for a real ERP: SOAP on the loopback address. Never for production. Its users can
 * `confirm`, `ship` and `invoice` an order and `pay` an invoice. With `autoConfirmMs` it confirms by itself, so long after
 * it got them, the orders for which something has to be bought: they take longest. With `stockEveryNth` it has stock of every nth
 * article. With `before` it takes its time over requests. Deletes leave a flag unless switched off. No web hooks.
 */
export function startServer(options: ErpOptions = {}): Promise<SandboxServer> {
  const misbehaviour = { ...WELL_BEHAVED, deletesLeaveTrace: true, ...options.misbehave };
  const records = new SandboxRecords(ERP_RULES, misbehaviour, options);
  if (options.autoConfirmMs !== undefined) confirmByItself(records, options.autoConfirmMs);
  if (options.stockEveryNth !== undefined) stockByItself(records, options.stockEveryNth);
  const generation = `g${records.table.generation()}`;
  const face = soapFace({ records, ...CREDENTIALS, generation, before: options.before });
  const actions = {
    confirm: (id: string) => confirmOrder(records, id).id,
    ship: (id: string) => shipOrder(records, id),
    invoice: (id: string) => invoiceOrder(records, id),
    pay: (id: string) => payInvoice(records, id),
  };
  const settings = (url: string) => ({ url: `${url}/soap`, ...CREDENTIALS });
  return startSandbox({ records, face, show, settings, actions }, options);
}
