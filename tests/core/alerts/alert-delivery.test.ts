import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyHmac } from "../../../src/adapter-kit/hmac.ts";
import { readAlerts } from "../../../src/alerts/read-rules.ts";
import type { AlertTarget, RawRule } from "../../../src/alerts/rule.ts";
import type { NotificationsConfig } from "../../../src/config/types.ts";
import type { Alert } from "../../../src/store/alerts.ts";
import { listNotifications } from "../../../src/store/notifications.ts";
import { pauseSystem } from "../../../src/store/system-states.ts";
import { type MailServer, startMailServer } from "../../services/mail-server.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

const SECRET = "a secret of the pager";
const FOR_MS = 2000;
const REPEAT_MS = 1500;
const TO: AlertTarget[] = [{ mail: "ops@example.org" }, { hook: "pager" }, { page: "operators" }];
const PAUSED = { metric: "nave_system_mode", labels: { mode: "paused" }, above: 0 } as const;

const RULES: Record<string, RawRule> = {
  repeated: {
    ...PAUSED,
    forMs: FOR_MS,
    repeatEveryMs: REPEAT_MS,
    severity: "critical",
    text: "it is paused",
  },
  once: { ...PAUSED, repeatEveryMs: 0, to: [{ page: "operators" }] },
  patient: { ...PAUSED, forMs: 3_600_000 },
};

type Posted = { headers: IncomingHttpHeaders; body: Buffer };

describe("an alert", () => {
  let mail: MailServer;
  let pager: Server;
  const posted: Posted[] = [];
  const answers: number[] = [];
  let hub: ServedHub;

  beforeAll(async () => {
    mail = await startMailServer();
    pager = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        posted.push({ headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(answers.shift() ?? 204).end();
      });
    });
    await new Promise<void>((resolve) => pager.listen(0, "127.0.0.1", resolve));
    const { port } = pager.address() as AddressInfo;
    const notifications: NotificationsConfig = {
      giveUpAfterMs: 60_000,
      mail: { host: "127.0.0.1", port: mail.port, tls: "optional", from: "Nave <nave@hub.example>" },
      hooks: { pager: { url: `http://127.0.0.1:${port}/in`, secret: SECRET } },
    };
    const alerts = readAlerts("test", { everyMs: 100, to: TO, rules: RULES }, notifications);
    hub = await serveHub({ notifications, alerts });
  });
  afterAll(async () => {
    await hub?.close();
    await mail?.close();
    pager?.close();
  });

  const db = () => hub.running.hub.db;
  const hooks = (rule: string) =>
    posted
      .map(({ body }) => JSON.parse(body.toString()) as { subject: string; payload: Record<string, unknown> })
      .filter(({ payload }) => payload["rule"] === rule);
  const mails = (rule: string) =>
    mail.mails.filter(({ headers }) => headers.get("subject")?.includes(`: ${rule} `));
  const rowOf = async (rule: string) =>
    (
      await db().query<Pick<Alert, "since" | "firedAt">>(
        `select since, fired_at as "firedAt" from nave.alert where rule = $1`,
        [rule],
      )
    )[0];
  const told = async (rule: string) =>
    (await listNotifications(db(), undefined, 100)).filter(({ subject }) => subject.includes(`: ${rule} `));

  test("reaches mail and web hook when it has lasted long enough, again while it lasts, and at its end", async () => {
    await pauseSystem(db(), "crm", "Ann");
    await until("it is noted", async () => (await rowOf("repeated")) !== undefined);
    expect((await rowOf("repeated"))?.firedAt).toBeNull();
    expect(mails("repeated")).toEqual([]);
    await until("it is told and twice repeated", () => mails("repeated").length >= 3, 30_000);
    const { since = new Date(Number.NaN) } = (await rowOf("repeated")) ?? {};
    const times = (await told("repeated"))
      .filter(({ way }) => way === "mail")
      .map(({ createdAt }) => createdAt.getTime())
      .toSorted((a, b) => a - b);
    expect((times[0] ?? 0) - since.getTime()).toBeGreaterThanOrEqual(FOR_MS);
    // A row is written a moment after it was decided on, and that moment is not always as long.
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? at)).toBeGreaterThan(REPEAT_MS / 2);
    await pauseSystem(db(), "crm", null);
    const isOver = () =>
      mails("repeated").some(({ headers }) => headers.get("subject")?.includes("resolved"));
    await until("its end is told", isOver, 30_000);
    await until("by the hook too", () => hooks("repeated").length === mails("repeated").length);
    const states = hooks("repeated").map(({ payload }) => payload["state"]);
    const repeats = Array.from({ length: states.length - 2 }, () => "still firing");
    expect(states).toEqual(["firing", ...repeats, "resolved"]);
    expect(hooks("repeated")[0]).toMatchObject({
      subject: "Nave critical: repeated firing, mode paused, system crm",
      payload: {
        severity: "critical",
        text: "it is paused",
        metric: "nave_system_mode",
        labels: { system: "crm", mode: "paused" },
        value: 1,
        since: since.toISOString(),
      },
    });
    expect(mails("repeated")[0]).toMatchObject({ to: ["ops@example.org"] });
    expect(mails("repeated")[0]?.text).toMatch(/^it is paused\r\n\r\nnave_system_mode is 1, since /);
    for (const { headers, body } of posted) {
      const signature = String(headers["x-nave-signature"]).replace(/^sha256=/, "");
      expect(verifyHmac({ secret: SECRET, body, signature })).toBe(true);
    }
  });

  test("whose rule never repeats is told once and ended once; one that did not last long enough is never told", async () => {
    expect((await told("once")).map(({ subject }) => subject).toSorted()).toEqual([
      "Nave warning: once firing, mode paused, system crm",
      "Nave warning: once resolved, mode paused, system crm",
    ]);
    expect(await rowOf("patient")).toBeUndefined();
    expect(await told("patient")).toEqual([]);
  });

  test("of a security event reaches mail and web hook though both refuse it first, under one id, and names no account", async () => {
    mail.refuse.push(451);
    answers.push(503);
    const account = { name: "mallory", role: "operator", password: "a password of some length" };
    await ask(`${hub.url}/api/accounts`, { json: account, token: hub.token });
    await until("it is mailed", () => mails("account-added").length === 1, 30_000);
    await until("it is posted", () => hooks("account-added").length === 2, 30_000);
    expect(hooks("account-added")[1]).toMatchObject({
      subject: "Nave info: account-added firing, event account-added",
      payload: { metric: "nave_security_events", labels: { event: "account-added" }, value: 1 },
    });
    const ids = posted
      .filter(({ body }) => body.includes("account-added"))
      .map(({ headers }) => headers["x-nave-notification"]);
    expect(new Set(ids).size).toBe(1);
    const said = JSON.stringify([mails("account-added"), hooks("account-added")]);
    expect(said).not.toContain("mallory");
    expect(said).not.toContain(account.password);
  });

  test("that nobody takes is given up as a dead letter that says which way failed", async () => {
    const { config } = hub.running.hub;
    const before = config.notifications.giveUpAfterMs;
    config.notifications.giveUpAfterMs = 500;
    answers.push(...Array.from({ length: 20 }, () => 500));
    await ask(`${hub.url}/api/accounts/mallory/password`, {
      method: "PUT",
      json: { password: "another password of some length" },
      token: hub.token,
    });
    const letters = () =>
      db().query<{ text: string }>(
        "select text from nave.dead_letter where code = 'NAVE_NOTIFICATION_FAILED'",
      );
    await until("a person is asked", async () => (await letters()).length > 0, 30_000);
    config.notifications.giveUpAfterMs = before;
    answers.length = 0;
    expect((await letters())[0]?.text).toMatch(
      /^the web hook to pager was given up .*HTTP 500 .*password-changed/,
    );
    await until("the mail has arrived", () => mails("password-changed").length === 1);
  });
});
