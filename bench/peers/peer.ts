import type { Run } from "../workloads/workload.ts";

/** Another product that does workload (a), or as much of it as it can. */
export type Peer = {
  name: string;
  /** What it leaves out beside the hub; stands in the documentation. */
  does: string;
  /** @returns records a second, or why it could not be measured and what would have to be installed. */
  run: (run: Run) => Promise<{ rate: number } | { absent: string }>;
};
