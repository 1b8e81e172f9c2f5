import { customerSync } from "./customer-sync.ts";
import { initialLoad } from "./initial-load.ts";
import { latency } from "./latency.ts";
import type { Workload } from "./workload.ts";

export const WORKLOADS: readonly Workload[] = [customerSync, initialLoad, latency];
