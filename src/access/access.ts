import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FlowRule } from "../config/types.ts";
import type { EditorAuth, EditorUser } from "../flows/editor/editor-settings.ts";
import { insertAudit } from "../store/audit.ts";
import { json, type Sql } from "../store/database.ts";
import { type Account, type Actor, insertAccount, selectAccount, selectAccounts } from "./accounts.ts";
import { ensureAdminToken } from "./admin-token.ts";
import { mayChangeSome } from "./flow-permissions.ts";
import { LoginThrottle } from "./login-throttle.ts";
import { hashPassword, inventPassword, NO_ONES_HASH, verifyPassword } from "./passwords.ts";
import { claimedName, isGenuine, signSession } from "./session-cookie.ts";

export const FIRST_ADMIN = "admin";
const LONGEST_CREDENTIAL = 200;
/** How long a password given with every request (Basic) is remembered as right. */
const BASIC_MEMORY_MS = 60_000;

export type SignIn = { kind: "in"; account: Account } | { kind: "wrong" } | { kind: "wait"; seconds: number };

/** What a request brings to show who sends it. */
export type Credentials = {
  authorization?: string | undefined;
  session?: string | undefined;
  address: string;
};

/** Opens the door: makes the first admin, the token file and the key of the sessions where they are missing. */
export async function openAccess(
  sql: Sql,
  dataDir: string,
  flowRules: Readonly<Record<string, FlowRule>> = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ access: Access; firstPassword?: string }> {
  const token = await ensureAdminToken(dataDir);
  const secret = await ensureSessionSecret(sql);
  const access = new Access(sql, token, secret, flowRules);
  if ((await selectAccounts(sql)).length > 0) return { access };
  const given = env["NAVE_ADMIN_PASSWORD"];
  const password = given || inventPassword();
  const passwordHash = await hashPassword(password);
  const made = await insertAccount(sql, { name: FIRST_ADMIN, role: "admin", passwordHash });
  return made && !given ? { access, firstPassword: password } : { access };
}

async function ensureSessionSecret(sql: Sql): Promise<string> {
  await sql.query(
    "insert into nave.setting (name, value) values ('session-secret', $1) on conflict (name) do nothing",
    [json(randomBytes(32).toString("base64url"))],
  );
  const [row] = await sql.query<{ value: string }>(
    "select value from nave.setting where name = 'session-secret'",
  );
  return String(row?.value);
}

/** Says who is asking. */
export class Access {
  readonly #sql: Sql;
  readonly #token: Buffer;
  readonly #secret: string;
  readonly #flowRules: Readonly<Record<string, FlowRule>>;
  readonly #throttle = new LoginThrottle();
  readonly #remembered = new Map<string, number>();

  constructor(sql: Sql, token: string, sessionSecret: string, flowRules: Readonly<Record<string, FlowRule>>) {
    this.#flowRules = flowRules;
    this.#sql = sql;
    this.#token = digest(token);
    this.#secret = sessionSecret;
  }

  async signIn(name: string, password: string, address: string): Promise<SignIn> {
    const seconds = this.#throttle.waitSeconds(name, address);
    if (seconds > 0) return { kind: "wait", seconds };
    const tooLong = name.length > LONGEST_CREDENTIAL || password.length > LONGEST_CREDENTIAL;
    const account = tooLong || name.includes("\0") ? undefined : await selectAccount(this.#sql, name);
    const right = await verifyPassword(tooLong ? "" : password, account?.passwordHash ?? NO_ONES_HASH);
    if (account && right) {
      this.#throttle.succeeded(name, address);
      return { kind: "in", account };
    }
    this.#throttle.failed(name, address);
    if (this.#throttle.waitSeconds(name, address) > 0)
      await insertAudit(this.#sql, "nobody", "login throttled", { address });
    return { kind: "wrong" };
  }

  /** A new session of this account, as a cookie's value. */
  openSession(account: Account): { value: string; maxAgeSeconds: number } {
    return signSession(this.#secret, account);
  }

  /** Whose request this is; undefined where it brings nothing. Credentials that are wrong are `wrong`, never nobody's. */
  async identify(given: Credentials): Promise<Actor | "wrong" | { waitSeconds: number } | undefined> {
    const [scheme = "", credential = ""] = (given.authorization ?? "").split(" ");
    switch (scheme.toLowerCase()) {
      case "bearer":
        return timingSafeEqual(digest(credential), this.#token) ? { name: "token", role: "admin" } : "wrong";
      case "basic":
        return this.#identifyBasic(credential, given.address);
      case "":
        return given.session === undefined ? undefined : this.#identifySession(given.session);
      default:
        return "wrong";
    }
  }

  /** For Node-RED's editor: admins may do everything, others look; who may change some flow may deploy. */
  get editorAuth(): EditorAuth {
    return {
      authenticate: async (username, password) => {
        const result = await this.signIn(username, password, "editor");
        return result.kind === "in" ? this.#editorUser(result.account) : null;
      },
      user: async (username) => {
        const account = await selectAccount(this.#sql, username);
        return account ? this.#editorUser(account) : null;
      },
    };
  }

  #editorUser(account: Account): EditorUser {
    const { name: username, role } = account;
    if (role === "admin") return { username, role, permissions: "*" };
    const changes = mayChangeSome(account, this.#flowRules);
    return { username, role, permissions: changes ? ["read", "flows.write"] : ["read"] };
  }

  async #identifySession(value: string): Promise<Actor | undefined> {
    const name = claimedName(value);
    const account =
      name === undefined || name.includes("\0") ? undefined : await selectAccount(this.#sql, name);
    if (!account || !isGenuine(this.#secret, value, account)) return undefined;
    return { name: account.name, role: account.role };
  }

  async #identifyBasic(
    credential: string,
    address: string,
  ): Promise<Actor | "wrong" | { waitSeconds: number }> {
    const text = Buffer.from(credential, "base64").toString("utf8");
    const colon = text.indexOf(":");
    if (colon < 1) return "wrong";
    const name = text.slice(0, colon);
    const known = name.includes("\0") ? undefined : await selectAccount(this.#sql, name);
    const key = digest(`${text}\n${known?.passwordHash}`).toString("base64");
    if (known && (this.#remembered.get(key) ?? 0) > Date.now()) return { name: known.name, role: known.role };
    const result = await this.signIn(name, text.slice(colon + 1), address);
    if (result.kind === "wait") return { waitSeconds: result.seconds };
    if (result.kind === "wrong") return "wrong";
    this.#remember(key);
    return { name: result.account.name, role: result.account.role };
  }

  /** A client that sends its password with each request shall not cost a hash each time. */
  #remember(key: string): void {
    const now = Date.now();
    for (const [old, until] of this.#remembered) if (until <= now) this.#remembered.delete(old);
    this.#remembered.set(key, now + BASIC_MEMORY_MS);
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
