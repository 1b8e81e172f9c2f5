import type { Hub } from "../../hub.ts";
import { transactTogether } from "../../store/batching.ts";
import type { Sql } from "../../store/database.ts";
import type {
  ApproveRequest,
  ArrivalAtNode,
  CollectRequest,
  CompensateRequest,
  DeadlineRequest,
  WaitRequest,
} from "../hub-port.ts";
import { askForApproval } from "./approve.ts";
import { collect } from "./collect.ts";
import { compensate } from "./compensate.ts";
import { meetDeadlines, startDeadline } from "./deadline.ts";

/**
 * Puts on record what has come to nodes that wait, in one transaction; what has come under one key at one node, together.
 *
 * @returns in the order of the requests, how each ended.
 */
export async function handOver(
  hub: Hub,
  requests: readonly WaitRequest[],
): Promise<PromiseSettledResult<void>[]> {
  const groups = [...Map.groupBy(requests, ({ place, key }) => `${place.node} ${key}`).values()];
  const results = await transactTogether(hub.db, groups, keepGroup);
  hub.reached("waiting");
  const ended = new Map(groups.flatMap((group, index) => group.map((request) => [request, results[index]])));
  return requests.map((request) => ended.get(request) as PromiseSettledResult<void>);
}

async function keepGroup(sql: Sql, group: readonly WaitRequest[]): Promise<void> {
  const collected = group.filter((request): request is CollectRequest => request.kind === "collect");
  const started = group.filter((request): request is DeadlineRequest => request.kind === "deadline");
  const asked = group.filter((request): request is ApproveRequest => request.kind === "approve");
  const undone = group.filter((request): request is CompensateRequest => request.kind === "compensate");
  if (collected.length > 0) await collect(sql, collected);
  if (started.length > 0) await startDeadline(sql, started);
  if (asked.length > 0) await askForApproval(sql, asked);
  if (undone.length > 0) await compensate(sql, undone);
}

/** Ends what is met, in one transaction. @returns in the order of the requests, how each ended. */
export async function meet(
  hub: Hub,
  requests: readonly ArrivalAtNode[],
): Promise<PromiseSettledResult<void>[]> {
  const results = await transactTogether(hub.db, requests, meetDeadlines);
  hub.reached("waiting");
  return results;
}
