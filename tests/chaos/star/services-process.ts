import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { OwnBroker } from "./own-broker.ts";
import { OwnDatabase } from "./own-database.ts";
import { ownFolder } from "./own-folder.ts";
import { mountQuota } from "./quota.ts";
import { randomOf } from "./random.ts";

/** What a run starts, without the run: says where when all of it is up, and stays until it is ended. */
const folder = await ownFolder();
const store = await folder.make("store");
await mountQuota(store, 200);
const ports = randomOf(process.pid, "ports");
await OwnDatabase.make(store, folder.environment, ports);
await OwnBroker.make(folder, ports);
const stopped = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
  env: folder.environment,
  stdio: "ignore",
});
stopped.kill("SIGSTOP");
writeSync(1, `${folder.path}\n`);
setInterval(() => undefined, 1000);
