import type { Json } from "../../../src/adapter-kit/index.ts";

/** What trytond puts into `error` of an answer that is HTTP 200 all the same. */
export class UserRefusal extends Error {
  error(): Json {
    return ["UserError", [this.message, "", null]];
  }
}

export class ConcurrencyRefusal extends Error {
  error(): Json {
    return ["ConcurrencyException", "Records were modified in the meanwhile"];
  }
}
