import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listDeadLetters } from "../../src/store/dead-letters.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { deployElsewhere } from "../core/hub/deploy-elsewhere.ts";
import { startStar } from "../core/hub/star.ts";
import { drawFlow, writeFlows } from "../flows/draw.ts";
import { until } from "../services/until.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { settingsOf } from "./modes.ts";

const flow = (version: number) =>
  drawFlow("told", {
    in: { type: "record in", entity: "customer", kind: "observed", system: "crm", wire: ["merge"] },
    merge: { type: "merge", echoes: "end", wire: ["start"] },
    start: {
      type: "deadline",
      mode: "start",
      deadline: "call",
      key: "payload.name",
      dueType: "duration",
      due: "5 s",
      wire: ["", "late"],
    },
    late: { type: "reject", reason: `{{payload.name}} is late, v${version}`, owner: "sales" },
  });

test("two hubs on one store follow a deploy from elsewhere; what waits goes on in its version, though both are killed and start anew", async () => {
  const { flowsDir } = await writeFlows({ told: flow(1) });
  const settings = await settingsOf("distributed");
  const star = await startStar({ hub: { ...settings.hub, flowsDir } });
  await star.stopHub();
  const other = await mkdtemp(join(tmpdir(), "nave-second-hub-"));
  const otherFlows = join(other, "flows");
  await cp(flowsDir, otherFlows, { recursive: true });
  const hubs: HubInAProcess[] = [];
  const startBoth = async () => {
    const both = [new HubInAProcess(), new HubInAProcess()] as const;
    hubs.push(...both);
    both[0].begin(star.config);
    both[1].begin({ ...star.config, hub: { ...star.config.hub, dataDir: other, flowsDir: otherFlows } });
    await Promise.all(both.map((hub) => hub.ready()));
    return both;
  };
  const insert = (displayName: string) =>
    star.crm.insert("customer", { displayName, type: "COMPANY", customerNumber: displayName });
  const db = await openDatabase({ url: star.config.hub.databaseUrl, dataDir: "unused" });
  const waiting = async () =>
    (
      await db.query<{ count: number }>("select count(*)::int as count from nave.wait where state = 'open'")
    )[0]?.count;
  try {
    const first = await startBoth();
    const before = Array.from({ length: 10 }, (_, n) => `before ${n}`);
    await Promise.all(before.map(insert));
    await until("all wait", async () => (await waiting()) === before.length);
    await deployElsewhere(db, [flow(2)]);
    for (const folder of [flowsDir, otherFlows])
      await until(`${folder} has followed`, async () =>
        (await readFile(join(folder, "told", "flow.json"), "utf8")).includes("late, v2"),
      );
    await Promise.all(first.map((hub) => hub.kill()));
    await startBoth();
    const after = Array.from({ length: 10 }, (_, n) => `later ${n}`);
    await Promise.all(after.map(insert));
    const letters = () => listDeadLetters(db, 100);
    await until("all are told", async () => (await letters()).length >= before.length + after.length);
    const told = (await letters()).map(({ text }) => text.replace(/^customer \S+: /, "")).sort();
    expect(told).toEqual(
      [...before.map((name) => `${name} is late, v1`), ...after.map((name) => `${name} is late, v2`)].sort(),
    );
  } finally {
    await Promise.all(hubs.map((hub) => hub.kill()));
    await db.close();
    await star.close();
    await settings.drop();
    for (const folder of [flowsDir, other]) await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
