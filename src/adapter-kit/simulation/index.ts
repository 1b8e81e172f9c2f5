/** For simulators of products: records with a clock and rules, faults on demand, and a view past the protocol. */
export * from "./control-face.ts";
export * from "./far-side.ts";
export * from "./hook-sender.ts";
export * from "./http-face.ts";
export * from "./misbehaviour.ts";
export * from "./record-table.ts";
export * from "./refusal.ts";
export * from "./sandbox-records.ts";
export * from "./sandbox-server.ts";
