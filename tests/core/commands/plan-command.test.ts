import { describe, expect, test } from "vitest";
import { planCommand } from "../../../src/commands/plan-command.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const inMs = (ms: number) => new Date(NOW + ms);
const queued = {
  system: "erp",
  operation: "confirmOrder",
  state: "queued" as const,
  deadline: inMs(1000),
  sentAt: null,
  attempts: 0,
};
const sent = { ...queued, state: "sent" as const, sentAt: inMs(-500), attempts: 1 };
const repeatable = { repeatable: true, settleMs: 100, maxAttempts: 3 };

describe("a command that nobody has sent", () => {
  test("is sent until its deadline, and has timed out from then on", () => {
    expect(planCommand(queued, repeatable, NOW)).toEqual({ do: "send" });
    expect(planCommand({ ...queued, deadline: inMs(0) }, repeatable, NOW)).toMatchObject({ do: "time-out" });
  });
});

describe("a command that was sent and has no reply", () => {
  test("is left alone until the settle time has passed, whatever its deadline", () => {
    const early = { ...sent, sentAt: inMs(-40), deadline: inMs(-10) };
    expect(planCommand(early, repeatable, NOW)).toEqual({ do: "wait", delayMs: 60 });
    expect(planCommand(early, { ...repeatable, repeatable: false }, NOW)).toEqual({
      do: "wait",
      delayMs: 60,
    });
  });

  test("is sent again only if it may be repeated; else it is in doubt", () => {
    expect(planCommand(sent, repeatable, NOW)).toEqual({ do: "send" });
    expect(planCommand(sent, { ...repeatable, repeatable: false }, NOW)).toMatchObject({ do: "doubt" });
  });

  test("is never called timed out: it may have been done", () => {
    expect(planCommand({ ...sent, deadline: inMs(-1) }, repeatable, NOW)).toMatchObject({ do: "doubt" });
  });

  test("is in doubt after so many attempts without an answer", () => {
    expect(planCommand({ ...sent, attempts: 3 }, repeatable, NOW)).toMatchObject({
      do: "doubt",
      because: expect.stringContaining("3 times"),
    });
  });
});
