import { isDeepStrictEqual } from "node:util";
import type { FlowPermits, FlowRight } from "../../access/flow-permissions.ts";
import { NaveError } from "../../errors.ts";
import { type Deployed, deployedNodes } from "../deploy.ts";
import { splitFlow } from "../storage/flow-files.ts";
import type { Flow } from "../storage/flow-folders.ts";
import { type Deployer, userOf } from "../storage/storage.ts";

/** Refuses a deploy by somebody who may not change all that it changes, in whatever way it has come. */
export function refuseForbidden(before: Deployed, after: Deployed, permits: FlowPermits, by: Deployer): void {
  const user = userOf(by);
  const tabs = new Set([...before.flows, ...after.flows].map(({ tab }) => tab));
  const forbidden = [...tabs].flatMap((tab) => {
    const [old, now] = [flowOn(tab, before), flowOn(tab, after)];
    if (isDeepStrictEqual(contentOf(old, before), contentOf(now, after))) return [];
    const right = rightNeeded(old, now);
    const names = new Set([old, now].flatMap((flow) => flow?.name ?? []));
    return [...names].filter((name) => !permits(user, right, name)).map((name) => ({ name, right }));
  });
  const [first] = forbidden;
  if (first === undefined) return;
  const names = forbidden.map(({ name }) => name).join(", ");
  const who = user.name === "" ? "nobody who has logged in" : user.name;
  const text = `not deployed: ${who} may not ${first.right} ${names}`;
  throw new FlowForbidden(text, `. Undo the changes of ${names}, and deploy again`);
}

/** Answered with 403. */
export class FlowForbidden extends NaveError {
  readonly status = 403;

  constructor(text: string, remedy = "") {
    super("NAVE_REQUEST_INVALID", text, {
      accepts: `somebody who may (flows.permissions in the configuration)${remedy}`,
    });
  }
}

/** What is a draft and remains one can be edited by those who may; what runs, or is to run, is deployed. */
function rightNeeded(old: Flow | undefined, now: Flow | undefined): FlowRight {
  return old?.enabled || now?.enabled ? "deploy" : "edit";
}

function flowOn(tab: string, { flows }: Deployed): Flow | undefined {
  return flows.find((flow) => flow.tab === tab);
}

function contentOf(flow: Flow | undefined, { shared }: Deployed): unknown {
  return flow && splitFlow(deployedNodes(flow, shared));
}
