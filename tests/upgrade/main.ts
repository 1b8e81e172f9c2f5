/**
 * Upgrades from an older version to this one while people work, and compares what the systems hold in the end:
 * `npm run test:upgrade -- --help`; docs/operations.md, "Upgrade". PostgreSQL and RabbitMQ as for the tests.
 */
import { parseArgs } from "node:util";
import { chooseRevision, thisTree, unpack } from "./older-version.ts";
import { STORIES, type Story, type Versions } from "./stories.ts";
import { UpgradeBed } from "./upgrade-bed.ts";

const HELP = `npm run test:upgrade -- [--from REF] [--only ${Object.keys(STORIES).join(",")}]

  --from   a tag or commit; default: the last tag before this commit, else the newest commit with fewer migrations
  --only   which of these; default: all
${Object.entries(STORIES)
  .map(([name, { title }]) => `             ${name.padEnd(9)} ${title}`)
  .join("\n")}`;

const LOG_LINES = 15;

const { values } = parseArgs({
  options: { help: { type: "boolean" }, from: { type: "string" }, only: { type: "string" } },
});
const wanted = (values.only ?? Object.keys(STORIES).join()).split(",");
const unknown = wanted.find((name) => STORIES[name] === undefined);
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`--only names "${unknown}"`);
  console.log(HELP);
  process.exit(unknown === undefined ? 0 : 2);
}
const older = await unpack(await chooseRevision(values.from));
const versions = { older, newer: await thisTree() };
introduce(versions);
let failed = 0;
for (const name of wanted) {
  const story = STORIES[name];
  if (story && !(await passes(name, story, versions))) failed += 1;
}
console.log(failed === 0 ? "\nall upgrades passed" : `\n${failed} of ${wanted.length} upgrades FAILED`);
process.exit(failed === 0 ? 0 : 1);

function introduce({ older, newer }: Versions): void {
  console.log(`from ${older.name}, at migration ${older.migrations.at(-1)}`);
  const added = newer.migrations.slice(older.migrations.length);
  console.log(
    `to ${newer.name}, ${added.length === 0 ? "without a migration between" : `over ${added.join(", ")}`}`,
  );
}

async function passes(name: string, { title, run }: Story, versions: Versions): Promise<boolean> {
  console.log(`\n${name}: ${title}`);
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const bed = await UpgradeBed.open(versions.older);
  let step = "";
  try {
    const outcome = await run(bed, versions, (next) => {
      step = next;
      console.log(`  ${seconds().padStart(6)} s  ${step}`);
    });
    const { customers, orders, conflicts } = outcome;
    console.log(
      `  ${seconds().padStart(6)} s  passed: ${customers} customers and ${orders} orders as entered in both systems; ` +
        `lost 0, doubled 0, dead letters 0, in doubt 0, conflicts ${conflicts}`,
    );
    return true;
  } catch (error) {
    console.log(`  ${seconds().padStart(6)} s  FAILED in "${step}": ${(error as Error).message}`);
    for (const { label, log } of bed.hubs)
      console.log(
        `  the log of the ${label} ends with:\n${log.trimEnd().split("\n").slice(-LOG_LINES).join("\n")}`,
      );
    return false;
  } finally {
    await bed.close();
  }
}
