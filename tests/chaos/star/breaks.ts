import type { Mode } from "../modes.ts";
import type { Verdict } from "./oracle/judge.ts";
import type { ModeReport } from "./report.ts";

/** What a run can do without, to see whether it notices. The overlap is a limit of each system, the others are the hub's. */
export const BREAKS = ["sweeper", "intent", "echo", "overlap", "completion"] as const;
export type Break = (typeof BREAKS)[number];

type Finding = keyof Pick<Verdict, "lost" | "doubled"> | keyof Pick<ModeReport, "standing" | "unprovoked">;

/** Where the loss of each shows, and as what. */
export const SHOWS: Readonly<Record<Break, { mode: Mode; as: Finding }>> = {
  // Tickets get lost only where there is a broker to lose them.
  sweeper: { mode: "distributed", as: "standing" },
  // The other hub writes at once what a dead one has sent, and what is committed afterwards is there twice.
  intent: { mode: "distributed", as: "doubled" },
  echo: { mode: "embedded", as: "unprovoked" },
  overlap: { mode: "embedded", as: "lost" },
  completion: { mode: "embedded", as: "lost" },
};
