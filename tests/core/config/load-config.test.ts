import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CONFIG_SCHEMA } from "../../../src/config/config-schema.ts";
import { loadConfig } from "../../../src/config/load-config.ts";

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), "nave-config-")), "nave.config.yaml");
});
afterAll(() => rm(join(file, ".."), { recursive: true, force: true }));

const SYSTEMS = "systems: { crm: { adapter: sandbox-crm, entities: { customer: { take: true } } } }";

async function load(hub: string, env: NodeJS.ProcessEnv = {}) {
  await writeFile(file, `hub: ${hub}\n${SYSTEMS}\n`);
  return loadConfig(file, env);
}

test("the schema of the configuration is a JSON Schema without unknown words", () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  expect(() => ajv.compile(CONFIG_SCHEMA)).not.toThrow();
});

test("the hub listens on the loopback address, trusts no proxy and looks for deletes once a day, unless told otherwise", async () => {
  const { hub, systems } = await load("{}");
  expect(hub).toMatchObject({ host: "127.0.0.1", port: 8080, trustProxy: [] });
  expect(systems["crm"]?.fullScanEveryMs).toBe(86_400_000);
});

test("the environment overrides address and port", async () => {
  const env = { NAVE_HOST: "0.0.0.0", NAVE_PORT: "9000" };
  const { hub } = await load("{ host: 10.0.0.1, port: 8000, trustProxy: [loopback] }", env);
  expect(hub).toMatchObject({ host: "0.0.0.0", port: 9000, trustProxy: ["loopback"] });
});

test.each([
  ["{ trustProxy: true }"],
  ["{ trustProxy: loopback }"],
  ["{ trustProxy: -1 }"],
  ["{ trustProxy: [7] }"],
])("%s is refused naming the key", async (hub) => {
  await expect(load(hub)).rejects.toMatchObject({
    code: "NAVE_CONFIG_INVALID",
    message: expect.stringContaining("hub.trustProxy"),
  });
});

async function loadNotifications(notifications: string, env: NodeJS.ProcessEnv = {}) {
  await writeFile(file, `notifications: ${notifications}\n${SYSTEMS}\n`);
  return loadConfig(file, env).notifications;
}

test("without notifications no mail and no web hook can be sent; a mail server is spoken to by TLS unless told otherwise", async () => {
  expect((await load("{}")).notifications).toEqual({ giveUpAfterMs: 86_400_000, hooks: {} });
  const mail =
    "{ mail: { host: mail.example, from: hub@example.com, user: hub, password: '${MAIL_PASSWORD}' } }";
  expect(await loadNotifications(mail, { MAIL_PASSWORD: "from the environment" })).toMatchObject({
    mail: { host: "mail.example", port: 587, tls: "required", password: "from the environment" },
  });
  const implicit = "{ mail: { host: mail.example, from: Nave <hub@example.com>, tls: implicit } }";
  expect(await loadNotifications(implicit)).toMatchObject({
    mail: { port: 465, from: "Nave <hub@example.com>" },
  });
});

test.each([
  ["{ mail: { host: mail.example } }", 'notifications.mail lacks the key "from"'],
  ["{ mail: { host: mail.example, from: nobody } }", "notifications.mail.from"],
  ["{ mail: { host: mail.example, from: a@b.c, port: 0 } }", "notifications.mail.port"],
  ["{ hooks: { Sales: { url: 'https://x.example', secret: long-enough } } }", "notifications.hooks"],
  ["{ hooks: { sales: { url: 'ftp://x.example', secret: long-enough } } }", "notifications.hooks.sales.url"],
  ["{ fax: {} }", "mail, hooks"],
])("%s is refused naming the key", async (notifications, named) => {
  await expect(loadNotifications(notifications)).rejects.toMatchObject({
    code: "NAVE_CONFIG_INVALID",
    message: expect.stringContaining(named),
  });
});

test("a secret that is not taken is not shown", async () => {
  for (const wrong of [
    "{ mail: { host: mail.example, from: a@b.c, password: [hush-hush] } }",
    "{ hooks: { sales: { url: 'https://x.example', secret: hush } } }",
    "{ hooks: { sales: { url: 'x.example/hush-hush', secret: long-enough } } }",
    "{ hooks: { sales: 'https://x.example/hush-hush' } }",
  ]) {
    const error: unknown = await loadNotifications(wrong).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "NAVE_CONFIG_INVALID" });
    expect(String(error)).not.toContain("hush");
  }
});

const TOKEN = "{ url: 'https://live.example.com/', tokenFile: live-token }";

test("environments and permissions of flows are read; a token's file lies beside the configuration", async () => {
  const flows = "flows: { permissions: { 'order-*': { deploy: [kim] } } }";
  await writeFile(file, `${flows}\nenvironments: { live: ${TOKEN} }\n${SYSTEMS}\n`);
  expect(loadConfig(file, {})).toMatchObject({
    flows: { permissions: { "order-*": { deploy: ["kim"] } } },
    environments: { live: { url: "https://live.example.com", tokenFile: join(file, "../live-token") } },
  });
});

test.each([
  ["flows: { permissions: { orders: { write: [kim] } } }", "flows.permissions.orders"],
  ["flows: { permissions: { 'a/b': {} } }", "flows.permissions"],
  ["flows: { permissions: { orders: { read: kim } } }", "flows.permissions.orders.read"],
  ["environments: { Live: { url: 'https://x.example', tokenEnv: T } }", "environments"],
  ["environments: { live: { url: 'ftp://x.example', tokenEnv: T } }", "environments.live.url"],
  ["environments: { live: { url: 'https://x.example' } }", "environments.live"],
  ["environments: { live: { url: 'https://x.example', tokenEnv: T, tokenFile: t } }", "environments.live"],
  ["environments: { live: { url: 'https://x.example', token: secret } }", "environments.live"],
])("%s is refused naming the key", async (wrong, named) => {
  await writeFile(file, `${wrong}\n${SYSTEMS}\n`);
  expect(() => loadConfig(file, {})).toThrow(named);
});
