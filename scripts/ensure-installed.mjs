// Plain JavaScript: runs before anything is installed, on whatever Node.js there is.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const withoutDev = process.argv.includes("--omit=dev");

if (!isInstalled()) {
  console.error(`Installing what is missing (npm install${withoutDev ? " --omit=dev" : ""}) ...`);
  // Not `npm ci`: it refuses a lock file that lacks an optional package of another platform, and registries lack some.
  const quiet = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const args = ["install", ...quiet, ...(withoutDev ? ["--omit=dev"] : [])];
  const { status } = spawnSync("npm", args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) {
    console.error("The installation failed; see above. Is the npm registry reachable?");
    process.exit(status ?? 1);
  }
}

/** Everything that package.json names is there, and nothing has been locked since. */
function isInstalled() {
  const marker = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(marker)) return false;
  if (statSync(join(root, "package-lock.json")).mtimeMs > statSync(marker).mtimeMs + 1000) return false;
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const names = Object.keys(withoutDev ? dependencies : { ...dependencies, ...devDependencies });
  return names.every((name) => existsSync(join(root, "node_modules", name, "package.json")));
}
