import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countForPersons } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { brokerUrl } from "../services/rabbitmq.ts";
import { TcpProxy } from "../services/tcp-proxy.ts";
import { until } from "../services/until.ts";
import { faultsOf } from "./far-sides.ts";
import { type ModeSettings, purgeQueues, settingsOf } from "./modes.ts";
import { People } from "./people.ts";
import { storiesOf } from "./stories.ts";

// What is done to the hub here it says in some hundred warnings.
process.env["NAVE_LOG"] ??= "error";

const ROUNDS = 12;
const EVERY_MS = 400;
/** So few that tickets wait at the broker, where they can be purged. */
const PREFETCH = 4;
const AWAY_MS = 600;
const REPUBLISH_AFTER_MS = 5000;
const AT_PEACE_MS = 150_000;

let settings: ModeSettings;
let database: TcpProxy;
let broker: TcpProxy;
let star: Star;
let people: People;

beforeAll(async () => {
  settings = await settingsOf("distributed");
  const throughProxies = await proxied(settings);
  star = await startStar({
    hub: {
      ...settings.hub,
      ...throughProxies,
      prefetch: PREFETCH,
      republishAfterMs: REPUBLISH_AFTER_MS,
    },
  });
  people = new People(star, 40);
  await people.stock();
  await star.quiet();
});
afterAll(async () => {
  await star?.close();
  await Promise.all([database?.stop(), broker?.stop()]);
  await settings?.drop();
});

async function proxied({ hub }: ModeSettings): Promise<{ databaseUrl: string; amqpUrl: string }> {
  const store = await TcpProxy.before(hub.databaseUrl ?? "", 5432);
  const transport = await TcpProxy.before(brokerUrl(), 5672);
  database = store.proxy;
  broker = transport.proxy;
  return { databaseUrl: store.url, amqpUrl: transport.url };
}

/** Does it again and again while people work, and lets the hub come to rest. */
async function amid(harm: (round: number) => Promise<unknown> | void): Promise<void> {
  people.start();
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(EVERY_MS);
    await harm(round);
  }
  await people.stop();
}

async function away(proxy: TcpProxy): Promise<void> {
  proxy.refuse(true);
  proxy.cut();
  await sleep(AWAY_MS);
  proxy.refuse(false);
}

test("purging every queue, cutting the broker's connections and cutting the database's, again and again in mid-run, loses nothing and doubles nothing", async () => {
  const purged: number[] = [];
  await amid(async () => purged.push(await purgeQueues(star.running.hub)));
  await amid((round) => (round % 3 === 0 ? away(broker) : broker.cut()));
  await amid((round) => (round % 3 === 0 ? away(database) : database.cut()));
  // The last cut may still stand between this test's own question and its answer.
  const { db } = star.running.hub;
  await until("the database answers again", () => db.query("select 1").then(Boolean, () => false));
  await star.quiet(AT_PEACE_MS);
  expect(purged.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
  const faults = await faultsOf(star, people);
  for (const line of await storiesOf(star, faults)) console.log(line);
  expect(faults).toEqual([]);
  expect(await countForPersons(star.running.hub.db)).toMatchObject({ inDoubt: 0, deadLetters: 0 });
}, 400_000);
