import { customerSync } from "./customer-sync.ts";
import { growth } from "./growth.ts";
import { initialLoad } from "./initial-load.ts";
import { latency } from "./latency.ts";
import { reconciliation } from "./reconciliation.ts";
import { search } from "./search.ts";
import type { Workload } from "./workload.ts";

export const WORKLOADS: readonly Workload[] = [
  customerSync,
  initialLoad,
  latency,
  search,
  reconciliation,
  growth,
];
