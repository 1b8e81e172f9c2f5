import { Router } from "express";
import { deleteAccount, insertAccount, ROLES, selectAccounts, updatePassword } from "../access/accounts.ts";
import { isAccountName } from "../access/candidates.ts";
import { hashPassword } from "../access/passwords.ts";
import { insertAudit } from "../store/audit.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import { RequestRefused } from "./problem.ts";
import { bodyOf, choiceIn, type Fields, jsonBody, textIn } from "./read-request.ts";

const SHORTEST_PASSWORD = 10;

/** Who may use the hub; for admins. */
export function accountRoutes({ hub, access }: Api): Router {
  const router = Router();
  const admin = authorise(access, "admin");
  router.get("/accounts", admin, async (_request, response) => {
    const accounts = await selectAccounts(hub.db);
    response.json({ accounts: accounts.map(({ name, role, createdAt }) => ({ name, role, createdAt })) });
  });
  router.post("/accounts", admin, ...jsonBody(), async (request, response) => {
    const body = bodyOf(request, ["name", "role", "password"]);
    const account = { name: nameIn(body), role: choiceIn(body, "role", ROLES) };
    const passwordHash = await hashPassword(passwordIn(body));
    const made = await insertAccount(hub.db, { ...account, passwordHash });
    if (!made) throw new RequestRefused(409, `the name ${account.name} is taken`, { field: "name" });
    await insertAudit(hub.db, nameOf(response), "account added", account);
    response.status(201).json(account);
  });
  router.put("/accounts/:name/password", admin, ...jsonBody(), async (request, response) => {
    const name = nameIn(request.params);
    const passwordHash = await hashPassword(passwordIn(bodyOf(request, ["password"])));
    if (!(await updatePassword(hub.db, name, passwordHash))) throw unknown(name);
    await insertAudit(hub.db, nameOf(response), "password changed", { name });
    response.status(204).end();
  });
  router.delete("/accounts/:name", admin, async (request, response) => {
    const name = nameIn(request.params);
    if (!(await deleteAccount(hub.db, name))) throw unknown(name);
    await insertAudit(hub.db, nameOf(response), "account removed", { name });
    response.status(204).end();
  });
  return router;
}

function unknown(name: string): RequestRefused {
  return new RequestRefused(404, `there is no account ${name} that can be changed`, {
    field: "name",
    accepts: "an account; the last admin stays",
  });
}

function nameIn(fields: Fields): string {
  const name = textIn(fields, "name", 64);
  if (isAccountName(name)) return name;
  throw new RequestRefused(400, "name is no account name", {
    field: "name",
    accepts: "letters, digits and . _ @ -, at most 64",
  });
}

function passwordIn(fields: Fields): string {
  const password = textIn(fields, "password", 200);
  if (password.length >= SHORTEST_PASSWORD) return password;
  throw new RequestRefused(400, "the password is too short", {
    field: "password",
    accepts: `${SHORTEST_PASSWORD} to 200 characters`,
  });
}
