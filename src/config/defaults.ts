import type { DeleteConfig } from "./types.ts";

/** What holds for the deletes of an entity of which the configuration says nothing else. */
export const DEFAULT_DELETES: DeleteConfig = {
  onDelete: "archive",
  deleteAgainstEdit: "delete",
  brakeShare: 0.1,
  brakeMinimum: 10,
};
