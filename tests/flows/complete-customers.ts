import { drawFlow } from "./draw.ts";

/** The flow that docs/flows.md tells its readers to draw. */
export const COMPLETE_CUSTOMERS = drawFlow("complete-customers", {
  in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["merge"] },
  merge: { type: "merge", echoes: "end", wire: ["check"] },
  check: {
    type: "route",
    by: "expression",
    property: "",
    expression: '$exists(payload.addresses[key="billing"].country)',
    rows: [{ value: "true" }],
    wire: ["all", "reject"],
  },
  all: { type: "route", by: "targets", property: "", expression: "", rows: [], wire: ["out"] },
  out: { type: "record out", to: "target", system: "" },
  reject: {
    type: "reject",
    reason: "{{payload.name}} has no country in its billing address",
    owner: "sales",
  },
});
