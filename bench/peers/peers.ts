import { nodeRed } from "./node-red.ts";
import type { Peer } from "./peer.ts";

/** Measured beside workload (a). */
export const PEERS: readonly Peer[] = [nodeRed];
