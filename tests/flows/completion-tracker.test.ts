import { setImmediate as nextTurn } from "node:timers/promises";
import { array, assert, asyncProperty, boolean, nat, tuple } from "fast-check";
import { expect, test, vi } from "vitest";
import {
  CompletionTracker,
  type RunOutcome,
  type Step,
} from "../../src/flows/tracking/completion-tracker.ts";
import { trackNode } from "../../src/flows/tracking/tracked-node.ts";

const at = (node: string) => trackNode({}, place(node));
const place = (node: string) => ({
  flow: "f",
  tab: "f",
  node,
  nodeType: "test",
  address: node,
  traffic: { messages: 0, failures: 0 },
});

function tracked(timeoutMs = 60_000) {
  const tracker = new CompletionTracker({ timeoutMs });
  const outcomes = new Map<string, RunOutcome[]>();
  const start = (id: string) => {
    const ends: RunOutcome[] = [];
    outcomes.set(id, ends);
    return tracker.start(id, (outcome) => ends.push(outcome));
  };
  return { tracker, start, ended: (id: string) => outcomes.get(id) ?? [] };
}

test("however copies multiply and in whatever order they end, a run ends once, and not before its last copy", async () => {
  await assert(
    asyncProperty(array(tuple(nat(), nat(3), boolean()), { maxLength: 40 }), async (events) => {
      const { tracker, start, ended } = tracked();
      const run = start("m");
      const open: Step[] = [tracker.depart(run, at("first"))];
      tracker.release(run);
      for (const [which, copies, turn] of events) {
        const [step] = open.splice(which % Math.max(open.length, 1), 1);
        if (step === undefined) break;
        for (let n = 0; n < copies; n += 1) open.push(tracker.depart(run, at(`n${n}`)));
        tracker.finish(step);
        tracker.finish(step);
        if (turn) await nextTurn();
        expect(ended("m").length > 0 && open.length > 0).toBe(false);
      }
      for (const step of open) tracker.finish(step);
      await nextTurn();
      expect(ended("m")).toEqual([{ kind: "completed" }]);
      tracker.stop();
    }),
    { numRuns: 200 },
  );
});

test("runs that were united end together, and fail together", async () => {
  const { tracker, start, ended } = tracked();
  const [a, b] = [start("a"), start("b")];
  const [stepA, stepB] = [tracker.depart(a, at("x")), tracker.depart(b, at("y"))];
  tracker.release(a);
  tracker.release(b);
  tracker.unite(a, b);
  tracker.finish(stepA);
  await nextTurn();
  expect(ended("a")).toEqual([]);
  tracker.blame(b, new Error("bad"), place("y"));
  tracker.finish(stepB);
  await nextTurn();
  expect(ended("a")).toMatchObject([{ kind: "failed", place: { node: "y" } }]);
  expect(ended("b")).toMatchObject([{ kind: "failed", place: { node: "y" } }]);
  tracker.stop();
});

test("a forgiven error does not fail the run; another one does", async () => {
  const { tracker, start, ended } = tracked();
  const run = start("m");
  tracker.blame(run, new Error("caught"), place("x"));
  tracker.blame(run, new Error("not caught"), place("y"));
  tracker.forgive(run, "x");
  tracker.release(run);
  await nextTurn();
  expect(ended("m")).toMatchObject([{ kind: "failed", error: { message: "not caught" } }]);
  tracker.stop();
});

test("a copy still in a node at the deadline fails the run by the node's name, and what ends later changes nothing", async () => {
  const { tracker, start, ended } = tracked(80);
  const run = start("m");
  const step = tracker.depart(run, trackNode({}, { ...place("stuck"), nodeName: "Slow one" }));
  tracker.release(run);
  await vi.waitFor(() => expect(ended("m")).toHaveLength(1));
  expect(ended("m")).toMatchObject([
    {
      kind: "failed",
      error: {
        code: "NAVE_FLOW_FAILED",
        message: expect.stringContaining('test "Slow one" (stuck) in flow f') as string,
      },
    },
  ]);
  tracker.finish(step);
  await nextTurn();
  expect(ended("m")).toHaveLength(1);
  expect(tracker.find(run.id)).toBeUndefined();
  tracker.stop();
});
