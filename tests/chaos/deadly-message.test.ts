import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { listDeadLetters } from "../../src/store/dead-letters.ts";
import { startStar } from "../core/hub/star.ts";
import { drawFlow, functionNode, writeFlows } from "../flows/draw.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { type Mode, settingsOf } from "./modes.ts";

/**
 * Does not let go of one customer, and gives way to the others before. Takes what the ERP shows too: a write whose hub has
 * died may be seen there before it is on record.
 */
const flow = drawFlow("customers", {
  in: { type: "record in", entity: "customer", kind: "observed", wire: ["merge"] },
  merge: { type: "merge", echoes: "end", wire: ["check"] },
  check: {
    ...functionNode(
      `await new Promise((resolve) => setTimeout(resolve, 500));
       while (msg.payload.name === "Deadly");
       return msg;`,
      ["out"],
    ),
    name: "check",
  },
  out: { type: "record out", to: "system", system: "erp" },
});

test.each<Mode>(["embedded", "distributed"])(
  "%s: a message over which the process has died twice is parked, and all others arrive",
  async (mode) => {
    const { flowsDir } = await writeFlows({ customers: flow });
    const settings = await settingsOf(mode);
    const star = await startStar({ hub: { ...settings.hub, flowsDir, watchdogMs: 5000 } });
    try {
      await star.stopHub();
      const others = Array.from({ length: 10 }, (_, n) => `Customer ${n}`);
      for (const displayName of ["Deadly", ...others])
        await star.crm.insert("customer", { displayName, type: "COMPANY", customerNumber: displayName });
      for (let life = 1; life <= 2; life += 1) {
        const hub = new HubInAProcess();
        hub.begin(star.config);
        const { how, log } = await hub.ends();
        expect(how).toBe("SIGKILL");
        expect(log).toContain('in function \\"check\\" (customers.check) of flow customers, with message');
      }
      await star.startHub();
      await star.quiet();
      const letters = await listDeadLetters(star.running.hub.db, 100);
      expect(letters).toMatchObject([
        {
          code: "NAVE_PROCESS_DIED",
          entity: "customer",
          system: "crm",
          owner: "sales operations",
          text: expect.stringMatching(
            /in function check \(customers\.check\) of flow customers, 2 times$/,
          ) as string,
        },
      ]);
      expect((await star.erp.all("customer")).map(({ Name1 }) => Name1).sort()).toEqual(others);
      const hops = await star.running.hub.db.query<{ step: string }>(
        "select step from nave.hop where step in ('died', 'parked') order by id",
      );
      expect(hops.map(({ step }) => step)).toEqual(["died", "died", "parked"]);
    } finally {
      await star.close();
      await settings.drop();
      await rm(flowsDir, { recursive: true, force: true });
    }
  },
  300_000,
);
