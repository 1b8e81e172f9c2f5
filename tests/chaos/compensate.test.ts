import { expect, test } from "vitest";
import type { LifeStep } from "../../src/hub.ts";
import { drawFlow } from "../flows/draw.ts";
import { until } from "../services/until.ts";
import { insertCustomer, startDrawnBed } from "./drawn-bed.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import type { Mode } from "./modes.ts";

const compensate = (mode: string, wire: string[]) => ({
  type: "compensate",
  mode,
  process: "customer",
  key: "payload.name",
  wire,
});
const tell = (subject: string) => ({
  type: "notify",
  way: "console",
  to: "sales",
  subject,
  text: "",
  wire: [""],
});

/** Every customer goes through three steps, and fails then. What is told of each is what was done to undo it. */
const processFlow = drawFlow("process", {
  in: { type: "record in", entity: "customer", kind: "observed", system: "crm", wire: ["merge"] },
  merge: { type: "merge", echoes: "end", wire: ["first"] },
  first: compensate("step", ["second", "undoFirst"]),
  second: compensate("step", ["third", "undoSecond"]),
  third: compensate("step", ["all", "undoThird"]),
  all: compensate("all", ["end"]),
  undoFirst: tell("{{payload.name}} first"),
  undoSecond: tell("{{payload.name}} second"),
  undoThird: tell("{{payload.name}} third"),
  end: tell("{{payload.name}} end"),
});
const IN_ORDER = ["third", "second", "first", "end"];

/** Half of them in each mode: a step is noted; all of them are undone; a step goes on; it is settled; the next ones. */
const DEATHS: Record<Mode, { step: LifeStep; hit: number }[]> = {
  embedded: [
    { step: "waiting", hit: 4 },
    { step: "resumed", hit: 1 },
    { step: "acknowledged", hit: 2 },
  ],
  distributed: [
    { step: "waiting", hit: 2 },
    { step: "acknowledged", hit: 1 },
    { step: "resumed", hit: 4 },
  ],
};

test.each<Mode>(["embedded", "distributed"])(
  "%s: killed while steps are noted, undone and settled, each is undone once, in reverse order",
  async (mode) => {
    const { star, close } = await startDrawnBed(mode, processFlow);
    try {
      const names: string[] = [];
      for (const { step, hit } of DEATHS[mode]) {
        const displayName = `killed when ${step} ${hit}`;
        names.push(displayName);
        await insertCustomer(star, displayName);
        const hub = new HubInAProcess();
        hub.begin(star.config, { step, hit });
        await hub.diesAt(step);
      }
      await star.startHub();
      const { db } = star.running.hub;
      const told = () =>
        db.query<{ subject: string }>("select subject from nave.notification order by created_at");
      await until("all are undone", async () => (await told()).length >= names.length * IN_ORDER.length);
      await star.quiet();
      const subjects = (await told()).map(({ subject }) => subject);
      for (const name of names)
        expect(subjects.filter((one) => one.startsWith(`${name} `))).toEqual(
          IN_ORDER.map((what) => `${name} ${what}`),
        );
      expect(await db.query("select 1 from nave.wait where state = 'open'")).toEqual([]);
    } finally {
      await close();
    }
  },
  300_000,
);
