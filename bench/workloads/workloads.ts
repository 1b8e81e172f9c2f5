import { customerSync } from "./customer-sync.ts";
import { growth } from "./growth.ts";
import { initialLoad } from "./initial-load.ts";
import { latency } from "./latency.ts";
import { orders } from "./orders.ts";
import { reconciliation } from "./reconciliation.ts";
import { routing } from "./routing.ts";
import { search } from "./search.ts";
import type { Workload } from "./workload.ts";

export const WORKLOADS: readonly Workload[] = [
  customerSync,
  routing,
  orders,
  initialLoad,
  latency,
  search,
  reconciliation,
  growth,
];
