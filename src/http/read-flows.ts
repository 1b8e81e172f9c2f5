import { withoutCredentials } from "../flows/deploy.ts";
import type { NodeConfig } from "../flows/node-red.ts";
import { type Flow, flowOf } from "../flows/storage/flow-folders.ts";
import type { WantedFlow } from "../flows/versions/replace-flows.ts";
import { RequestRefused } from "./problem.ts";
import type { Fields } from "./read-request.ts";

const MOST_FLOWS = 500;
const MOST_NODES = 20_000;
/** No `~`: behind it stands the version, in the copies of older ones. */
const NODE_ID = /^[^~\s]{1,200}$/;
const NODE_TYPE = /^[^\r\n]{1,200}$/;

/** `{"flows": [{"flow", "nodes"}]}`: each with the subflows and configuration nodes that it uses. */
export function wantedFlowsIn(body: Fields, known: readonly Flow[]): WantedFlow[] {
  const list = body["flows"] ?? [];
  if (!Array.isArray(list) || list.length > MOST_FLOWS || !list.every(isObject)) {
    const accepts = `a list of at most ${MOST_FLOWS} {"flow", "nodes"}`;
    throw new RequestRefused(400, "flows is no list of flows", { field: "flows", accepts });
  }
  return list.map(({ flow, nodes }) => {
    if (typeof flow === "string" && /^[\p{L}\p{N}-]{1,60}$/u.test(flow))
      return wantedFlowIn(flow, nodes, known);
    throw new RequestRefused(400, "a flow has no name", { field: "flow", accepts: "the name of its folder" });
  });
}

/** @throws 400 for nodes that are none, 409 when this hub has another flow of the name. */
export function wantedFlowIn(name: string, nodes: unknown, known: readonly Flow[]): WantedFlow {
  if (!isNodeList(nodes)) {
    const accepts = `a list of at most ${MOST_NODES} nodes, each with id and type, one of them a tab`;
    throw new RequestRefused(400, `${name}: the nodes are no flow`, { field: "nodes", accepts });
  }
  const { tab } = flowOf(name, nodes);
  const other = known.find((flow) => flow.name === name && flow.tab !== tab);
  if (other !== undefined) {
    throw new RequestRefused(409, `there is another flow ${name} here, on tab ${other.tab}`, {
      field: "nodes",
      accepts: `the flow with tab ${other.tab}, or a flow of another name`,
    });
  }
  return { tab, nodes: nodes.map(withoutCredentials) };
}

/** `{"credentials": {"<node>": ["<name>"]}}`. */
export function credentialNamesIn(body: Fields): Record<string, string[]> {
  const given = body["credentials"] ?? {};
  if (isObject(given) && Object.values(given).every(isNames)) return given as Record<string, string[]>;
  throw new RequestRefused(400, "credentials are no names of credentials", {
    field: "credentials",
    accepts: "lists of names by the ids of nodes",
  });
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isNodeList(value: unknown): value is NodeConfig[] {
  if (!Array.isArray(value) || value.length > MOST_NODES || !value.every(isNode)) return false;
  const ids = new Set(value.map(({ id }) => id));
  return ids.size === value.length && value.filter(({ type }) => type === "tab").length === 1;
}

function isNode(value: unknown): value is NodeConfig {
  if (!isObject(value)) return false;
  const { id, type, z, wires } = value;
  return (
    typeof id === "string" &&
    NODE_ID.test(id) &&
    typeof type === "string" &&
    NODE_TYPE.test(type) &&
    (z === undefined || typeof z === "string") &&
    (wires === undefined || (Array.isArray(wires) && wires.every(Array.isArray)))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
