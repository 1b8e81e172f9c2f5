import { expect, test } from "vitest";
import { drawnAddress, PathRecorder } from "../../src/flows/tracking/message-path.ts";

const at = (address: string) => ({
  flow: "f",
  tab: "f",
  node: address,
  nodeType: "test",
  address,
  traffic: { messages: 0, failures: 0 },
});

test("a path names each node once, in the order in which the message came to it, with the number of its copies", () => {
  const path = new PathRecorder();
  for (const node of ["in", "split", "work", "work", "join", "work", "join"]) path.add(at(node));
  expect(path.read()).toEqual({ nodes: ["in", "split", "work", "join"], copies: [1, 1, 3, 2] });
});

test("ten thousand parts make no longer path, and what is read goes on", () => {
  const path = new PathRecorder();
  path.add(at("split"));
  for (let part = 0; part < 10_000; part += 1) path.add(at("work"));
  expect(path.read()).toEqual({ nodes: ["split", "work"], copies: [1, 10_000] });
  path.add(at("out"));
  expect(path.read()).toEqual({ nodes: ["split", "work", "out"], copies: [1, 10_000, 1] });
});

test("a node that runs at a version is the one that is drawn, inside subflows too", () => {
  expect(drawnAddress("n1~4f2a")).toBe("n1");
  expect(drawnAddress("instance~4f2a/inner~4f2a")).toBe("instance/inner");
});
