/** Everything an adapter may import, besides its own folder and packages. */

export { type ErrorCode, type ErrorDetail, NaveError } from "../errors.ts";
export * from "./canonical.ts";
export * from "./contract.ts";
export * from "./hmac.ts";
export * from "./http-client.ts";
export { outcomeOfError } from "./http-faults.ts";
export * from "./keyed-list.ts";
