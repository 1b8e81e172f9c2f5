import type { HubConfig } from "./config/types.ts";
import { NaveError } from "./errors.ts";

/** What a process of the hub may do. All of them together are a hub. */
export const ROLES = ["poll", "work", "api"] as const;
export type Role = (typeof ROLES)[number];

/** For people: what each is for. */
export const ROLE_TEXTS: Record<Role, string> = {
  poll: "reads the systems: polls, web hooks' hints, full scans",
  work: "runs the flows and delivers: merging, writes, commands, waits, notifications, comparisons",
  api: "serves page, editor, HTTP interface and web hooks, at one port",
};

/**
 * The roles that were asked for, in the order of `ROLES`; all where none was.
 *
 * @param given  Each one role, or several with commas between.
 * @throws NAVE_CONFIG_INVALID for what is no role.
 */
export function parseRoles(given: readonly string[]): Role[] {
  const names = given.flatMap((text) => text.split(",")).map((name) => name.trim());
  const accepts = `${ROLES.join(", ")}; several, with commas between or by repeating the option`;
  for (const name of names) {
    if (!isRole(name))
      throw new NaveError("NAVE_CONFIG_INVALID", `"${name.slice(0, 100)}" is no role`, {
        field: "--role",
        accepts,
      });
  }
  return names.length === 0 ? [...ROLES] : ROLES.filter((role) => names.includes(role));
}

function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name);
}

export const isWhole = (roles: readonly Role[]) => ROLES.every((role) => roles.includes(role));

/**
 * Processes share their work over a database and a broker that all of them reach.
 *
 * @throws NAVE_CONFIG_INVALID for a part of a hub without both.
 */
export function refuseAlone(
  roles: readonly Role[],
  { databaseUrl, amqpUrl }: Pick<HubConfig, "databaseUrl" | "amqpUrl">,
): void {
  if (isWhole(roles) || (databaseUrl !== undefined && amqpUrl !== undefined)) return;
  const lacks = databaseUrl === undefined ? "the embedded store" : "channels within the process";
  throw new NaveError(
    "NAVE_CONFIG_INVALID",
    `a process with the role ${roles.join(", ")} alone cannot work with ${lacks}: no other process would reach it`,
    {
      field: "--role",
      accepts: "all roles (no --role), or PostgreSQL (DATABASE_URL) and RabbitMQ (AMQP_URL)",
    },
  );
}
