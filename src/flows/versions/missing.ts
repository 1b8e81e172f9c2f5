import { isRole } from "../../access/candidates.ts";
import type { NodeConfig } from "../node-red.ts";

/** What a flow names and a hub does not have. */
export type Missing = {
  what: "system" | "operation" | "entity" | "web hook" | "mail" | "account" | "node type" | "credentials";
  name: string;
  node: string;
  nodeName?: string;
  nodeType: string;
};

/** What a hub has of what flows name. */
export type Equipment = {
  entities: readonly string[];
  systems: readonly string[];
  operations: readonly { system: string; name: string }[];
  hooks: readonly string[];
  accounts: readonly string[];
  mail: boolean;
  isKnownType(type: string): boolean;
};

/** What the nodes of a flow name that is not there, with the subflows that it uses. Nodes that are switched off need nothing. */
export function findMissing(nodes: readonly NodeConfig[], there: Equipment): Missing[] {
  return nodes
    .filter((node) => node["d"] !== true)
    .flatMap((node) => {
      if (!there.isKnownType(node.type)) return [missing("node type", node.type, node)];
      return [
        ...lackOfSystem(node, there),
        ...lackOfEntity(node, there),
        ...lackOfRecipient(node, there),
        ...lackOfCandidate(node, there),
      ];
    });
}

/** `call "reserve" (a1b2): there is no operation erp.reserve`. */
export function describeMissing({ what, name, node, nodeName, nodeType }: Missing): string {
  const who = `${nodeType}${nodeName === undefined ? "" : ` "${nodeName}"`} (${node})`;
  if (what === "mail") return `${who}: no mail is set up`;
  if (what === "credentials") return `${who}: has no ${name} here`;
  return `${who}: there is no ${what} ${name}`;
}

export function missing(
  what: Missing["what"],
  name: string,
  { id, type, name: called }: NodeConfig,
): Missing {
  return { what, name, node: id, ...(called ? { nodeName: called } : {}), nodeType: type };
}

function lackOfSystem(node: NodeConfig, { systems, operations }: Equipment): Missing[] {
  const system = systemOf(node);
  if (system === undefined) return [];
  if (!systems.includes(system)) return [missing("system", system, node)];
  const operation = node.type === "call" ? textOf(node, "operation") : undefined;
  if (operation === undefined || operations.some((one) => one.system === system && one.name === operation))
    return [];
  return [missing("operation", `${system}.${operation}`, node)];
}

/** A node can keep a system in its form that its other settings do not use. */
function systemOf(node: NodeConfig): string | undefined {
  const isUsed: Record<string, boolean> = {
    "record in": true,
    "record out": node["to"] === "system",
    lookup: !String(node["what"]).startsWith("record"),
    call: true,
  };
  return isUsed[node.type] ? textOf(node, "system") : undefined;
}

function lackOfEntity(node: NodeConfig, { entities }: Equipment): Missing[] {
  const entity = ["record in", "lookup", "derive"].includes(node.type) ? textOf(node, "entity") : undefined;
  return entity === undefined || entities.includes(entity) ? [] : [missing("entity", entity, node)];
}

function lackOfRecipient(node: NodeConfig, { hooks, mail }: Equipment): Missing[] {
  if (node.type !== "notify") return [];
  if (node["way"] === "mail") return mail ? [] : [missing("mail", "mail", node)];
  if (node["way"] !== "hook") return [];
  const lacking = namesIn(node, "to").filter((one) => !hooks.includes(one));
  return lacking.map((one) => missing("web hook", one, node));
}

function lackOfCandidate(node: NodeConfig, { accounts }: Equipment): Missing[] {
  if (node.type !== "approve") return [];
  const named = [...namesIn(node, "candidates"), ...namesIn(node, "escalateTo")];
  const lacking = new Set(named.filter((one) => !isRole(one) && !accounts.includes(one)));
  return [...lacking].map((one) => missing("account", one, node));
}

/** Of a list with commas. Names that come from the message are not known before there is one. */
function namesIn(node: NodeConfig, property: string): string[] {
  return (textOf(node, property) ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && !one.includes("{{"));
}

function textOf(node: NodeConfig, property: string): string | undefined {
  const value = node[property];
  return typeof value === "string" && value !== "" ? value : undefined;
}
