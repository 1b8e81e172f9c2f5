import type { Command } from "commander";
import { inventPassword } from "../../access/passwords.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

type Account = { name: string; role: string; createdAt: string };

export function accountCommands(program: Command): void {
  const account = program.command("account").description("who may use the console, the editor and the API");
  account
    .command("list", { isDefault: true })
    .description("all accounts and their roles")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).get<{ accounts: Account[] }>("/api/accounts");
      session.answer(
        answer,
        table(
          ["name", "role", "since"],
          answer.accounts.map((one) => [one.name, one.role, one.createdAt]),
        ),
      );
    });
  account
    .command("add <name> <role>")
    .description(
      "add one as viewer, operator or admin; its password is made and shown once, or taken from NAVE_PASSWORD",
    )
    .addHelpText("after", "\nExample:\n  nave account add kim operator")
    .action(async (name: string, role: string, _options, command: Command) => {
      const session = openSession(command);
      const password = process.env["NAVE_PASSWORD"] || inventPassword();
      await (await session.hub()).post("/api/accounts", { name, role, password });
      session.answer({ name, role, password }, [`${name} is ${role}; password: ${password}`]);
    });
  account
    .command("password <name>")
    .description(
      "give an account a new password, made and shown once, or taken from NAVE_PASSWORD; ends its sessions",
    )
    .addHelpText("after", "\nExample:\n  nave account password admin")
    .action(async (name: string, _options, command: Command) => {
      const session = openSession(command);
      const password = process.env["NAVE_PASSWORD"] || inventPassword();
      await (await session.hub()).put(`/api/accounts/${encodeURIComponent(name)}/password`, { password });
      session.answer({ name, password }, [`new password of ${name}: ${password}`]);
    });
  account
    .command("remove <name>")
    .description("remove an account; the last admin stays")
    .action(async (name: string, _options, command: Command) => {
      const session = openSession(command);
      await (await session.hub()).delete(`/api/accounts/${encodeURIComponent(name)}`);
      session.answer({ name, removed: true }, [`${name} removed`]);
    });
}
