import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { until } from "./until.ts";

const COMPOSE_FILE = fileURLToPath(new URL("./docker-compose.yml", import.meta.url));

/** Nothing was found and nothing could be started; the text says what to do. */
export class ServiceMissing extends Error {}

export type Search = {
  /** Environment variable with the address; what it names must answer. */
  variable: string;
  /** Addresses at which a service of this machine usually answers. */
  usual: readonly string[];
  answers(address: string): Promise<boolean>;
  /** Gets and starts the Debian package; called as root only. */
  installPackage(): Promise<void>;
  compose: { service: string; address: string };
};

/** Looks in the order given in global-setup.ts, leaves the address in the environment, and answers where it was found. */
export async function findService(search: Search): Promise<string> {
  const named = process.env[search.variable];
  if (named !== undefined) {
    if (await search.answers(named)) return `as ${search.variable} says`;
    throw new ServiceMissing(`nothing answers at the address in ${search.variable}`);
  }
  const found = await firstAnswering(search);
  if (found !== undefined) return use(search, found, "already running");
  const reasons = [`nothing answers at ${search.usual.map(withoutPassword).join(" or ")}`];
  if (isRoot()) {
    await attempt(reasons, "the Debian package", () => search.installPackage());
    const installed = await firstAnswering(search);
    if (installed !== undefined) return use(search, installed, "from the Debian package, started now");
  } else reasons.push("not root, so no package was installed");
  if (await attempt(reasons, "docker compose", () => startContainer(search))) {
    return use(search, search.compose.address, "from docker compose, started now");
  }
  throw new ServiceMissing(`${reasons.join("; ")}. Start one and set ${search.variable} to its address.`);
}

export async function run(command: string, ...parameters: string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { stdout } = await promisify(execFile)(command, parameters, { env, timeout: 10 * 60_000 });
  return stdout;
}

export async function installPackages(...names: string[]): Promise<void> {
  const options = ["-o", "DPkg::Lock::Timeout=300", "-y", "--no-install-recommends"];
  await run("apt-get", "update");
  await run("apt-get", "install", ...options, ...names);
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function firstAnswering(search: Search): Promise<string | undefined> {
  for (const address of search.usual) {
    if (await search.answers(address)) return address;
  }
  return undefined;
}

async function startContainer(search: Search): Promise<void> {
  await run("docker", "info");
  await run("docker", "compose", "-f", COMPOSE_FILE, "up", "-d", search.compose.service);
  await until(`${search.compose.service} answers`, () => search.answers(search.compose.address), 120_000);
}

async function attempt(reasons: string[], way: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    reasons.push(`${way} did not work: ${(error as Error).message.split("\n", 1)[0]}`);
    return false;
  }
}

function use(search: Search, address: string, where: string): string {
  process.env[search.variable] = address;
  return `${withoutPassword(address)}, ${where}`;
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = "";
  return url.href;
}
