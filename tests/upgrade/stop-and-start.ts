import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { settingsOf } from "../chaos/modes.ts";
import { type HubPlace, naveOf } from "./hub-of-a-tree.ts";
import type { Tree } from "./older-version.ts";
import type { Say, Story } from "./stories.ts";
import type { UpgradeBed } from "./upgrade-bed.ts";

const WORKING_MS = 6000;

/** As docs/operations.md has it for one process: stop, put the new version in place, start. People work on all the while. */
export const inPlace: Story = {
  title: "stopped and started again, on the embedded store",
  async run(bed, { older, newer }, say) {
    const { dataDir } = await olderHubHasWorked(bed, older, say);
    say("the newer hub starts on the same folder");
    const { config } = await bed.place(newer, {}, "embedded");
    const hub = await bed.start("newer hub", newer, { config, dataDir });
    await moreWork(bed);
    say("people have gone home, and all settles");
    await bed.people.stop();
    return bed.settled(hub);
  },
};

/** From the embedded store of the older version to PostgreSQL and RabbitMQ of the newer. */
export const move: Story = {
  title: "exported by the older from the embedded store, imported by the newer into PostgreSQL",
  async run(bed, { older, newer }, say) {
    const { hub: store, drop } = await settingsOf("distributed");
    try {
      const old = await olderHubHasWorked(bed, older, say);
      const file = join(bed.folder, "store.ndjson");
      say("the older version exports its store");
      await naveOf(older, old, ["store", "export", file]);
      say("the newer version imports it");
      const place = await bed.place(newer, store, "moved");
      await naveOf(newer, place, ["store", "import", file]);
      say("the newer hub goes on with it");
      const hub = await bed.start("newer hub", newer, place);
      await moreWork(bed);
      say("people have gone home, and all settles");
      await bed.people.stop();
      return await bed.settled(hub);
    } finally {
      await bed.endHubs();
      await drop();
    }
  },
};

async function olderHubHasWorked(bed: UpgradeBed, older: Tree, say: Say): Promise<HubPlace> {
  say("the older hub works");
  const place = await bed.place(older, {}, "embedded");
  const hub = await bed.start("older hub", older, place);
  bed.people.start();
  await sleep(WORKING_MS);
  say("the older hub is stopped");
  const how = await hub.end("SIGTERM");
  if (how !== "code 0") throw new Error(`the older hub was told to stop, and ended by ${how}`);
  return place;
}

async function moreWork(bed: UpgradeBed): Promise<void> {
  bed.people.makeMore(60, 60);
  await sleep(WORKING_MS);
}
