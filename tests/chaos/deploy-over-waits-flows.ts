import { drawFlow, functionNode } from "../flows/draw.ts";

/** So much of one product each `call` reserves: a digit of the sum tells how often each of them did. */
export const QUANTITIES = { long: "1", behindLong: "10", inSecond: "1000" } as const;

const merge = (wire: string) => ({ type: "merge", echoes: "end", wire: [wire] });
const seenIn = (system: string, wire: string) => {
  return { type: "record in", entity: "customer", kind: "observed", system, wire: [wire] };
};
/** What the ERP makes of its customers is taken in, and nothing else. */
const fromErp = { back: seenIn("erp", "taken"), taken: merge("") };

const reserve = (productId: string, quantity: string, wire: string) => ({
  type: "call",
  system: "erp",
  operation: "reserveStock",
  args: JSON.stringify({ productId, quantity }),
  deadline: 600,
  onFailure: "skip",
  to: "reply",
  wire: [wire, "", ""],
});
const named = (how: string, wire: string) =>
  functionNode(`msg.payload.name += ", ${how}"; return msg;`, [wire]);
const write = { type: "record out", to: "system", system: "erp" };

/** One branch calls what takes long, and then something else; the other asks, and then writes. */
export const drawFirst = (productId: string) =>
  drawFlow("customer", {
    ...fromErp,
    in: seenIn("crm", "merge"),
    merge: merge("long,ask"),
    long: reserve(productId, QUANTITIES.long, "behind"),
    behind: reserve(productId, QUANTITIES.behindLong, ""),
    ask: {
      type: "approve",
      question: "{{payload.name}}?",
      candidates: "role:operator",
      mode: "any",
      wire: ["approved", "rejected", ""],
    },
    approved: named("approved in v1", "write"),
    write,
    rejected: { type: "reject", reason: "{{payload.name}} is rejected", owner: "sales" },
  });

/** Has neither of the two nodes, nor what stood behind them. */
export const drawSecond = (productId: string) =>
  drawFlow("customer", {
    ...fromErp,
    in: seenIn("crm", "merge"),
    merge: merge("reserve,name"),
    reserve: reserve(productId, QUANTITIES.inSecond, ""),
    name: named("in v2", "out"),
    out: write,
  });
