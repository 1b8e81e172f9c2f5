import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Ask, connectTo } from "./graphql.ts";
import { setUpShop } from "./shop.ts";
import { copyOfTemplate } from "./template-database.ts";

/** A running Vendure shop, reached as its administrator and as any number of customers. */
export type Vendure = {
  url: string;
  adminApi: string;
  shopApi: string;
  user: string;
  password: string;
  /** Asks the admin API as the super administrator; answers `data`, throws for every kind of error. */
  admin: Ask;
  /** The shop API as one nameless visitor; `visitor()` gives another one with a cart of its own. */
  shop: Ask;
  visitor: () => Ask;
  stop: () => Promise<void>;
};

const SHOP = fileURLToPath(new URL("shop/", import.meta.url));
const PLUGIN = fileURLToPath(
  new URL("../../../adapters/vendure/shop-plugin/nave-plugin.js", import.meta.url),
);

/**
 * A real Vendure server in a process of its own, ready to sell, on a PostgreSQL database of its own and a free port.
 *
 * With VENDURE_URL (and VENDURE_USER, VENDURE_PASSWORD) the shop there is used, and given what it lacks to sell. The first
 * call on a machine installs Vendure into the user's cache folder and makes the template of the database (20 s).
 */
export async function startVendure(): Promise<Vendure> {
  const given = process.env["VENDURE_URL"];
  const user = process.env["VENDURE_USER"] ?? "superadmin";
  const password = process.env["VENDURE_PASSWORD"] ?? "superadmin";
  if (given !== undefined) {
    const shop = { ...(await faces(given, user, password)), user, password, stop: async () => {} };
    await setUpShop(shop.admin);
    return shop;
  }
  const folder = await installShop();
  const boot = (databaseUrl: string, tables: "make" | "there") =>
    bootShop(folder, {
      DATABASE_URL: databaseUrl,
      SHOP_TABLES: tables,
      SHOP_USER: user,
      SHOP_PASSWORD: password,
    });
  const database = await copyOfTemplate(basename(folder), async (databaseUrl) => {
    const shop = await boot(databaseUrl, "make");
    await setUpShop((await faces(shop.url, user, password)).admin);
    await shop.stop();
  });
  try {
    const shop = await boot(database.url, "there");
    const stop = async () => {
      await shop.stop();
      await database.drop();
    };
    return { ...(await faces(shop.url, user, password)), user, password, stop };
  } catch (error) {
    await database.drop();
    throw error;
  }
}

async function faces(url: string, user: string, password: string) {
  const base = url.replace(/\/$/, "");
  const adminApi = `${base}/admin-api`;
  const shopApi = `${base}/shop-api`;
  const admin = connectTo(adminApi);
  await admin<unknown>(
    `mutation ($user: String!, $password: String!) {
      login(username: $user, password: $password) { __typename ... on ErrorResult { errorCode message } }
    }`,
    { user, password },
  );
  return { url: base, adminApi, shopApi, admin, shop: connectTo(shopApi), visitor: () => connectTo(shopApi) };
}

/**
 * Answers the folder to run the shop in. Packages are installed once per machine and lock file, the shop's own two files are
 * laid beside them per content; two processes doing so at once do not disturb each other.
 */
async function installShop(): Promise<string> {
  const manifests = ["package.json", "package-lock.json"].map((name) => join(SHOP, name));
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "nave-tests");
  const packages = join(cache, `vendure-${await hashOf(manifests)}`);
  await makeOnce(packages, manifests, installPackages);
  const sources = [join(SHOP, "index.js"), PLUGIN];
  const folder = join(packages, `shop-${await hashOf(sources)}`);
  await makeOnce(folder, sources);
  return folder;
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

/** Makes a folder with these files in it, under another name until it is complete. */
async function makeOnce(
  folder: string,
  files: readonly string[],
  complete: (folder: string) => Promise<void> = async () => {},
): Promise<void> {
  if (await exists(folder)) return;
  const partial = `${folder}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  for (const file of files) await cp(file, join(partial, basename(file)));
  await complete(partial);
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  });
}

/** bcrypt ships its binaries; no other package needs its install script. */
async function installPackages(folder: string): Promise<void> {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = spawn("npm", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  npm.stdout.on("data", (chunk) => (output += chunk));
  npm.stderr.on("data", (chunk) => (output += chunk));
  const [code] = await once(npm, "exit");
  if (code !== 0) throw new Error(`npm ci of the Vendure shop failed:\n${output.slice(-2000)}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The shop ends with its standard input, so that it does not outlive a killed test run. */
async function bootShop(folder: string, environment: Record<string, string>) {
  const shop = spawn(process.execPath, ["index.js"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      VENDURE_DISABLE_TELEMETRY: "true",
      ...environment,
    },
  });
  let complaints = "";
  shop.stderr.on("data", (chunk) => (complaints = `${complaints}${chunk}`.slice(-4000)));
  const port = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: shop.stdout });
    lines.on("line", (line) => {
      if (line.startsWith("READY ")) resolve(line.slice(6));
      else complaints = `${complaints}${line}\n`.slice(-4000);
    });
    shop.once("exit", (code) => reject(new Error(`the Vendure shop ended with ${code}:\n${complaints}`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => endShop(shop) };
}

async function endShop(shop: ChildProcess): Promise<void> {
  if (shop.exitCode !== null) return;
  const gone = once(shop, "exit");
  shop.stdin?.end();
  const force = setTimeout(() => shop.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(force);
}
