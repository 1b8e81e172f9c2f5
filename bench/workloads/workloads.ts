import { customerSync } from "./customer-sync.ts";
import type { Workload } from "./workload.ts";

export const WORKLOADS: readonly Workload[] = [customerSync];
