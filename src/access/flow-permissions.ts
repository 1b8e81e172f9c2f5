import type { FlowRule } from "../config/types.ts";
import { type Actor, permits, ROLES, type Role } from "./accounts.ts";

/** `edit`: a draft. `deploy`: what runs. Whoever may deploy may edit, and whoever may edit may read. */
export const FLOW_RIGHTS = ["read", "edit", "deploy"] as const;
export type FlowRight = (typeof FLOW_RIGHTS)[number];

/** Whoever asks; without a role, somebody whom nobody knows. */
export type FlowUser = { name: string; role?: Role };

export type FlowPermits = (user: FlowUser, right: FlowRight, flow: string) => boolean;

const DEFAULTS: Record<FlowRight, readonly string[]> = {
  read: ["viewer"],
  edit: ["admin"],
  deploy: ["admin"],
};

/**
 * Who may do what with which flow. Of the rules whose pattern fits the flow's name, the longest decides; what it does not say is
 * as without rules. A role stands for itself and those above it. Admins may everything: they make accounts.
 */
export function flowPermits(rules: Readonly<Record<string, FlowRule>>): FlowPermits {
  const patterns = Object.entries(rules)
    .map(([pattern, rule]) => ({ pattern, fits: patternOf(pattern), rule }))
    .sort((a, b) => b.pattern.length - a.pattern.length);
  return ({ name, role }, right, flow) => {
    if (role === undefined) return false;
    const rule = patterns.find(({ fits }) => fits.test(flow))?.rule ?? {};
    const sufficient = FLOW_RIGHTS.slice(FLOW_RIGHTS.indexOf(right));
    return role === "admin" || sufficient.some((one) => names(rule[one] ?? DEFAULTS[one], { name, role }));
  };
}

/** Whether there is a flow that somebody may change who is no admin. */
export function mayChangeSome(user: Actor, rules: Readonly<Record<string, FlowRule>>): boolean {
  const changers = Object.values(rules).flatMap(({ edit = [], deploy = [] }) => [...edit, ...deploy]);
  return user.role === "admin" || names(changers, user);
}

function names(list: readonly string[], { name, role }: Actor): boolean {
  return list.some((one) => {
    const needed = ROLES.find((known) => known === one);
    return needed === undefined ? one === name : permits(role, needed);
  });
}

function patternOf(pattern: string): RegExp {
  const escaped = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "u");
}
