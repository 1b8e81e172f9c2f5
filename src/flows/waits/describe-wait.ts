import type { OpenWait } from "../../store/waits.ts";
import type { ApprovalData } from "./approve.ts";
import type { Window } from "./collect-rules.ts";

/** What a wait is for, in a few words. */
export function describeWait({ kind, data }: OpenWait): string {
  switch (kind) {
    case "collect":
      return `collects; ${(data["window"] as Window | null)?.count ?? 0} have come`;
    case "deadline":
      return "is missed when it is due";
    case "schedule":
      return "fires";
    case "approve": {
      const { candidates, mode } = data as ApprovalData;
      return `asks ${candidates.join(mode === "all" ? " and " : " or ")}`;
    }
    case "undo":
      return "can be undone";
    case "undo all":
      return `is being undone; ${Number(data["undone"])} steps so far`;
  }
}
