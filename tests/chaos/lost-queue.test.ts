import { afterAll, beforeAll, expect, test } from "vitest";
import { openChannels } from "../../src/channels/open-channels.ts";
import { keptLog } from "../services/kept-log.ts";
import { until } from "../services/until.ts";
import { OwnBroker } from "./star/own-broker.ts";
import { type OwnFolder, ownFolder } from "./star/own-folder.ts";
import { randomOf } from "./star/random.ts";

const TIMES = { confirmTimeoutMs: 500, backOffMs: 20, maxBackOffMs: 200, livenessMs: 200 };

let own: OwnFolder;
let broker: OwnBroker;
beforeAll(async () => {
  own = await ownFolder();
  broker = await OwnBroker.make(own, randomOf(1, "lost queue"));
});
afterAll(async () => {
  await broker?.stop();
  own?.remove();
});

test("a queue of which the broker has kept no more than the name is declared anew, and works again", async () => {
  const { log, lines } = keptLog();
  const channels = await openChannels({ url: broker.url, prefix: "lost.", log, times: TIMES });
  const seen: string[] = [];
  await channels.consume("one", {
    prefetch: 10,
    handle: async ({ id }) => {
      seen.push(id);
    },
  });
  const send = (id: string) => channels.publish("one", [{ id, key: "k" }]);
  await send("before");
  await until("it arrives", () => seen.includes("before"));
  await broker.loseQueue("lost.one");
  const hasPassed = async () => {
    await send("after").catch(() => undefined);
    return seen.includes("after");
  };
  await until("a ticket passes again", hasPassed, 30_000);
  const texts = lines.map(({ text }) => text).join("\n");
  expect(texts).toContain("the broker had lost all but the name of a queue");
  await channels.close();
});
