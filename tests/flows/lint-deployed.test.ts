import { expect, test } from "vitest";
import { lintDeployed } from "../../src/flows/lint/lint-deployed.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import type { Flow } from "../../src/flows/storage/flow-folders.ts";
import { drawFlow } from "./draw.ts";

const flowOf = (nodes: NodeConfig[]): Flow => ({
  name: "customer",
  tab: "customer",
  enabled: true,
  version: "",
  nodes,
});
const findings = (nodes: NodeConfig[], shared: NodeConfig[] = []) =>
  lintDeployed(flowOf(nodes), shared, () => true).map(({ node, text }) => `${node} ${text}`);

const record = { type: "record in", entity: "customer", kind: "observed", system: "" };

test("a wire to a node that a merge has taken away is found, and so is one to another tab", () => {
  const nodes = drawFlow("customer", {
    in: { ...record, wire: ["merge,gone"] },
    merge: { type: "merge", wire: ["other.out"] },
  });
  const elsewhere = { id: "other.out", type: "record out", z: "other", to: "all", wires: [] };
  expect(findings(nodes, [elsewhere])).toEqual([
    "customer.in is wired to customer.gone, which is not there",
    "customer.merge is wired to other.out, which is not there",
  ]);
});

test("what is inside the subflows of a flow is looked at too, their ports included", () => {
  const nodes = drawFlow("customer", { in: { ...record, wire: ["sub"] }, sub: { type: "subflow:s" } });
  const subflow = {
    id: "s",
    type: "subflow",
    name: "s",
    in: [{ wires: [{ id: "inside" }] }],
    out: [
      {
        wires: [
          { id: "gone", port: 0 },
          { id: "s", port: 0 },
        ],
      },
    ],
  };
  const inside = { id: "inside", type: "trigger", z: "s", wires: [["lost"]] };
  const unused = { id: "unused", type: "trigger", z: "t", wires: [] };
  expect(findings(nodes, [subflow, inside, unused])).toEqual([
    "inside says that it is done before it sends its second message",
    "s is wired to gone, which is not there",
    "inside is wired to lost, which is not there",
  ]);
});
