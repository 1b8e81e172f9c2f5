import type { Access } from "../access/access.ts";
import type { FlowPermits } from "../access/flow-permissions.ts";
import type { FlowRuntime } from "../flows/runtime.ts";
import type { Hub } from "../hub.ts";
import type { Poller } from "../receive/poller.ts";
import type { Jobs } from "./jobs.ts";

/** What the routes work with. */
export type Api = {
  hub: Hub;
  flows: FlowRuntime;
  pollers: ReadonlyMap<string, Poller>;
  access: Access;
  /** Who may read and change which flow. */
  permits: FlowPermits;
  jobs: Jobs;
};
