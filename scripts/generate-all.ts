import { spawnSync } from "node:child_process";

/** Runs every generator; with `--check` each only says whether its files are fresh. */
const GENERATORS = ["generate-canonical.ts", "generate-adapter-docs.ts"];

const results = GENERATORS.map((script) =>
  spawnSync(process.execPath, [`scripts/${script}`, ...process.argv.slice(2)], { stdio: "inherit" }),
);
process.exitCode = results.every((result) => result.status === 0) ? 0 : 1;
