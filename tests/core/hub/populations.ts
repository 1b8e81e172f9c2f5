import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { crmCustomer, erpCustomer } from "./customers.ts";

export type Sizes = {
  /** Customers in each of the two systems. */
  each: number;
  /** Of these, customers that both have, beyond doubt. */
  shared: number;
  /** Pairs of which only a person can say whether they are the same. */
  near: number;
};

/** Two systems that have never heard of each other, with customers in common. */
export function populations({ each, shared, near }: Sizes): { crm: JsonObject[]; erp: JsonObject[] } {
  const own = each - shared - near;
  const both = range(0, shared);
  const unsure = range(shared, near);
  return {
    crm: [...both.map(crmCustomer), ...unsure.map(unnumbered), ...range(1_000_000, own).map(crmCustomer)],
    erp: [...both.map(inErp), ...unsure.map(lookAlike), ...range(2_000_000, own).map(erpCustomer)],
  };
}

/** As the ERP's clerks know a customer of the CRM: with another e-mail, under a number of their own, or just the same. */
function inErp(n: number): JsonObject {
  const { CustNo, ...customer } = erpCustomer(n);
  if (n % 3 === 0) return { ...customer, CustNo: CustNo ?? "", Email: `buchhaltung-${n}@erp.example` };
  return n % 3 === 1 ? customer : { ...customer, CustNo: CustNo ?? "" };
}

/** Nobody has given this customer a number yet. */
function unnumbered(n: number): JsonObject {
  const { customerNumber, ...customer } = crmCustomer(n);
  return customerNumber === undefined ? {} : customer;
}

/** The same name in the same town, and nothing else in common. */
function lookAlike(n: number): JsonObject {
  const { CustNo, ...customer } = erpCustomer(n);
  const other = { Email: `anders-${n}@erp.example`, Phone: `+49 30 ${String(7_000_000 + n)}` };
  return CustNo === undefined ? {} : { ...customer, ...other };
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
