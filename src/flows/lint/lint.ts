import type { NodeConfig } from "../node-red.ts";
import { requireExpression } from "../waits/expression.ts";
import { unreadable, WAIT_RULES } from "./lint-waits.ts";

/** Why a flow cannot run with the hub's guarantees, and what to do instead. */
export type FlowProblem = { node: string; nodeName?: string; nodeType: string; text: string; remedy: string };

/** Longest time that a message may wait inside a node; beyond it the wait has to survive a restart. */
const LONGEST_DELAY_MS = 30_000;

/**
 * Finds what the hub cannot track: nodes that keep messages in memory beyond their `done`, that never say `done`, or that
 * forget messages a retry would bring again. Such a flow is refused when it is loaded or deployed.
 */
export function lintFlow(
  nodes: readonly NodeConfig[],
  isKnownType: (type: string) => boolean,
): FlowProblem[] {
  return nodes
    .filter((node) => node["d"] !== true)
    .flatMap((node) => {
      const finding = isKnownType(node.type) ? RULES[node.type]?.(node, nodes) : notInstalled(node.type);
      return finding === undefined ? [] : [problemOf(node, finding)];
    });
}

/** For a node that runs and whose input handler takes no `done`. */
export function legacyProblem(node: NodeConfig): FlowProblem {
  return problemOf(node, {
    text: "never says when it has finished with a message (its input handler takes no done)",
    remedy: "use a newer version of the node, or a function node",
  });
}

/** Core nodes whose handlers take no `done` and end before they return, given the rules below. */
export const SYNCHRONOUS_TYPES: ReadonlySet<string> = new Set(["switch"]);

/** One sentence for the editor, the log and the console. */
export function describeProblem(flow: string, found: FlowProblem): string {
  const name = found.nodeName === undefined ? "" : ` "${found.nodeName}"`;
  return `flow ${flow}: ${found.nodeType}${name} (${found.node}) ${found.text}; ${found.remedy}`;
}

export type Finding = { text: string; remedy: string };

const REACHING_BEYOND = new Set(["exec", "file", "file in", "watch"]);

function notInstalled(type: string): Finding {
  return REACHING_BEYOND.has(type)
    ? { text: "reaches beyond the flow, and is switched off here", remedy: "let an adapter do it" }
    : { text: "is of a type that is not installed here", remedy: "remove it, or have its package installed" };
}

/** What is wrong with this node among those of its flow. */
export type Rule = (node: NodeConfig, nodes: readonly NodeConfig[]) => Finding | undefined;

const RULES: Record<string, Rule> = {
  "record in": (node) => required(node, "entity", "takes no entity", "choose one in the node"),
  "record out": (node) =>
    node["to"] === "system"
      ? required(node, "system", "names no system", "choose one in the node, or send to the routed system")
      : undefined,
  reject: (node) => required(node, "owner", "names no owner", "say who deals with the dead letter"),
  notify: (node) =>
    required(node, "to", "names nobody to tell", "say whom, in the node") ??
    required(node, "subject", "has no subject", "give it one in the node"),
  lookup: (node) =>
    required(node, "entity", "looks up no entity", "choose one in the node") ??
    (node["what"] === "record" || node["what"] === "record-by-key"
      ? undefined
      : required(node, "system", "names no system", "choose one in the node")),
  call: (node) =>
    required(node, "system", "names no system", "choose one in the node") ??
    required(node, "operation", "names no operation", "choose one in the node"),
  derive: (node) => required(node, "entity", "derives no entity", "choose one in the node"),
  amend: (node) => unreadable(node, (config) => requireExpression(config, "changes")),
  ...WAIT_RULES,
  split: (node) =>
    node["stream"] === true
      ? {
          text: "keeps the end of one message for the next one",
          remedy: 'switch off "handle as a stream of messages"',
        }
      : undefined,
  switch: (node) => lintSwitch(node),
  delay: (node) => lintDelay(node),
  function: (node) => lintFunction(node),
  batch: (node) =>
    Number(node["overlap"] ?? 0) > 0
      ? { text: "keeps messages for the next group after it has sent them", remedy: "set the overlap to 0" }
      : undefined,
  trigger: () => ({
    text: "says that it is done before it sends its second message",
    remedy: "use a delay node for a wait of up to 30 s, a deadline node for a longer one",
  }),
  rbe: () => ({
    text: "remembers values in memory, so that the retry of a failed message would be dropped as a repetition",
    remedy: "let merge tell what is new: route by msg.nave.changed or msg.nave.echo",
  }),
};

function lintSwitch(node: NodeConfig): Finding | undefined {
  if (node["repair"] === true) {
    return {
      text: "keeps messages while it rebuilds a sequence, and never says when it has finished",
      remedy: 'switch off "recreate message sequences"',
    };
  }
  const rules = (node["rules"] ?? []) as { t?: string; vt?: string; v2t?: string }[];
  const evaluates =
    node["propertyType"] === "jsonata" ||
    rules.some((rule) => rule.t === "jsonata_exp" || rule.vt === "jsonata" || rule.v2t === "jsonata");
  return evaluates
    ? {
        text: "evaluates an expression and never says when it has finished",
        remedy: "use a route node by expression",
      }
    : undefined;
}

const MILLISECONDS: Record<string, number> = {
  milliseconds: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

function lintDelay(node: NodeConfig): Finding | undefined {
  const kind = node["pauseType"];
  if (kind === "delay" || kind === "random") {
    const [amount, units] =
      kind === "delay" ? [node["timeout"], node["timeoutUnits"]] : [node["randomLast"], node["randomUnits"]];
    // A singular unit ("second") is what older editors saved.
    const unit = typeof units === "string" ? units : "seconds";
    const factor = MILLISECONDS[unit] ?? MILLISECONDS[`${unit}s`] ?? 1000;
    return Number(amount) * factor > LONGEST_DELAY_MS
      ? {
          text: "waits longer than 30 s with the message in memory",
          remedy: "shorten the wait; for longer ones, which have to survive a restart, use a deadline node",
        }
      : undefined;
  }
  if (kind === "delayv") return undefined;
  const loses =
    kind === "burst" || kind === "queue" || kind === "timed" || (kind === "rate" && node["drop"] === true);
  return loses && Number(node["outputs"] ?? 1) < 2
    ? {
        text: "drops messages that come too fast",
        remedy: "send them to the second output, or queue them (rate limit without drop)",
      }
    : undefined;
}

function lintFunction(node: NodeConfig): Finding | undefined {
  if (Array.isArray(node["libs"]) && node["libs"].length > 0) {
    return {
      text: "loads external modules",
      remedy: "write a node for it, or use what Node.js offers to function nodes",
    };
  }
  const code = withoutComments(typeof node["func"] === "string" ? node["func"] : "");
  const later = /\b(setTimeout|setInterval|setImmediate)\s*\(/.test(code) && /\bnode\.send\s*\(/.test(code);
  return later && !/\bnode\.done\s*\(/.test(code)
    ? {
        text: "sends from a timer without saying when it has finished",
        remedy: "call node.done() after the last node.send()",
      }
    : undefined;
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}

function required(node: NodeConfig, property: string, text: string, remedy: string): Finding | undefined {
  const value = node[property];
  return typeof value === "string" && value.trim() !== "" ? undefined : { text, remedy };
}

export function problemOf(node: NodeConfig, finding: Finding): FlowProblem {
  const named = node.name === undefined || node.name === "" ? {} : { nodeName: node.name };
  return { node: node.id, ...named, nodeType: node.type, ...finding };
}
