import type { Sql } from "../store/database.ts";

/** What an account may do; each may do what those before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Whoever does something: an account, or the holder of the hub's own token file. */
export type Actor = { name: string; role: Role };

export type Account = Actor & { passwordHash: string; createdAt: Date };

export function permits(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

const COLUMNS = `name, role, password_hash as "passwordHash", created_at as "createdAt"`;

export async function selectAccount(sql: Sql, name: string): Promise<Account | undefined> {
  const [account] = await sql.query<Account>(`select ${COLUMNS} from nave.account where name = $1`, [name]);
  return account;
}

export async function selectAccounts(sql: Sql): Promise<Account[]> {
  return sql.query<Account>(`select ${COLUMNS} from nave.account order by name`);
}

/** @returns false when the name is taken. */
export async function insertAccount(sql: Sql, account: Omit<Account, "createdAt">): Promise<boolean> {
  const rows = await sql.query(
    "insert into nave.account (name, role, password_hash) values ($1, $2, $3) on conflict (name) do nothing returning 1",
    [account.name, account.role, account.passwordHash],
  );
  return rows.length > 0;
}

/** @returns false when there is no such account. */
export async function updatePassword(sql: Sql, name: string, passwordHash: string): Promise<boolean> {
  const rows = await sql.query("update nave.account set password_hash = $2 where name = $1 returning 1", [
    name,
    passwordHash,
  ]);
  return rows.length > 0;
}

/** @returns false when there is no such account, or it is the last admin. */
export async function deleteAccount(sql: Sql, name: string): Promise<boolean> {
  const rows = await sql.query(
    `delete from nave.account where name = $1
       and (role <> 'admin' or (select count(*) from nave.account where role = 'admin') > 1) returning 1`,
    [name],
  );
  return rows.length > 0;
}
