import { describe, expect, test } from "vitest";
import type { Role } from "../../../src/access/accounts.ts";
import { FLOW_RIGHTS, flowPermits, mayChangeSome } from "../../../src/access/flow-permissions.ts";

const RULES = {
  "order-*": { edit: ["kim", "operator"], deploy: ["kim"] },
  "order-to-cash": { read: ["admin"] },
  "*": { deploy: ["vera"] },
};
const permits = flowPermits(RULES);

/** What they may do with it. */
function rights(name: string, role: Role | undefined, flow: string, by = permits): string[] {
  const user = role === undefined ? { name } : { name, role };
  return FLOW_RIGHTS.filter((right) => by(user, right, flow));
}

describe("without rules", () => {
  test.each<[Role | undefined, string[]]>([
    ["admin", ["read", "edit", "deploy"]],
    ["operator", ["read"]],
    ["viewer", ["read"]],
    [undefined, []],
  ])("%s may %j", (role, expected) => {
    expect(rights("somebody", role, "any", flowPermits({}))).toEqual(expected);
  });
});

test.each<[string, Role, string, string[]]>([
  ["kim", "viewer", "order-sync", ["read", "edit", "deploy"]],
  ["otto", "operator", "order-sync", ["read", "edit"]],
  ["vera", "viewer", "order-sync", ["read"]],
  ["vera", "viewer", "customer-sync", ["read", "edit", "deploy"]],
  ["kim", "viewer", "order-to-cash", []],
  ["anna", "admin", "order-to-cash", ["read", "edit", "deploy"]],
  ["kim", "viewer", "orders", ["read"]],
  ["kim", "viewer", "border-sync", ["read"]],
])("%s, %s, may with %s: %j", (name, role, flow, expected) => {
  expect(rights(name, role, flow)).toEqual(expected);
});

test("a pattern is no regular expression", () => {
  const by = flowPermits({ "a.c": { deploy: ["kim"] } });
  expect(rights("kim", "viewer", "abc", by)).toEqual(["read"]);
});

test("whoever may change some flow gets a Deploy button", () => {
  const may = (name: string, role: Role) => mayChangeSome({ name, role }, RULES);
  expect([may("kim", "viewer"), may("otto", "operator"), may("walt", "viewer")]).toEqual([true, true, false]);
  expect(mayChangeSome({ name: "anna", role: "admin" }, {})).toBe(true);
});
