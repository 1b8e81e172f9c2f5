import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyHmac } from "../../../src/adapter-kit/hmac.ts";
import type { NotificationsConfig } from "../../../src/config/types.ts";
import type { NotifyRequest } from "../../../src/flows/hub-port.ts";
import { serveFlows } from "../../../src/flows/serve-flows.ts";
import { dropDeadLetter, retryDeadLetter } from "../../../src/receive/dead-letter-actions.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { insertMessages } from "../../../src/store/messages.ts";
import { listNotifications } from "../../../src/store/notifications.ts";
import { trace } from "../../../src/telemetry/trace.ts";
import { type MailServer, startMailServer } from "../../services/mail-server.ts";
import { until } from "../../services/until.ts";
import { ask, type ServedHub, serveHub } from "../http/served-hub.ts";

const LOGIN = { user: "nave", password: "a mail password" };
const SECRET = "a secret of hooks";

type Posted = { headers: IncomingHttpHeaders; body: Buffer };

describe("notifications", () => {
  let mail: MailServer;
  let receiver: Server;
  const posted: Posted[] = [];
  const answers: number[] = [];
  let hub: ServedHub;

  beforeAll(async () => {
    mail = await startMailServer(LOGIN);
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        posted.push({ headers: request.headers, body: Buffer.concat(chunks) });
        const status = answers.shift() ?? 204;
        if (status === 0) request.socket.destroy();
        else response.writeHead(status, { location: "/elsewhere" }).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const notifications: NotificationsConfig = {
      giveUpAfterMs: 60_000,
      mail: {
        host: "127.0.0.1",
        port: mail.port,
        tls: "optional",
        from: "Nave <nave@hub.example>",
        ...LOGIN,
      },
      hooks: { shop: { url: `http://127.0.0.1:${port}/in?key=address-secret`, secret: SECRET } },
    };
    hub = await serveHub({ notifications });
  });
  afterAll(async () => {
    await hub?.close();
    await mail?.close();
    receiver?.close();
  });
  beforeEach(() => {
    mail.mails.length = 0;
    mail.refuse.length = 0;
    posted.length = 0;
    answers.length = 0;
  });

  const db = () => hub.running.hub.db;
  const states = async (subject: string) =>
    (await listNotifications(db(), undefined, 100))
      .filter((one) => one.subject === subject)
      .map(({ state }) => state);
  const letters = () => listDeadLetters(db(), 20);

  async function notify(request: Partial<NotifyRequest>): Promise<string> {
    const id = randomUUID();
    const nothing = { system: null, localId: null, observationNumber: null, native: null, fingerprint: null };
    const plain = { lockToken: null, modifiedAt: null, deleted: false, causationId: null, error: null };
    const message = {
      id,
      kind: "rerun",
      entity: "quote",
      canonicalId: id,
      body: {},
      state: "accepted",
    } as const;
    await insertMessages(db(), [{ ...nothing, ...plain, ...message, correlationId: id }], true);
    await tell(id, request);
    return id;
  }
  const tell = (messageId: string, request: Partial<NotifyRequest>) =>
    serveFlows(hub.running.hub).notify({
      messageId,
      onceKey: `${messageId}/node`,
      way: "mail",
      to: ["ann@example.org"],
      subject: "Subject",
      body: "Text",
      ...request,
    });

  test("a mail reaches each of its recipients once, by a login, under an id of its own, also if the message comes again", async () => {
    const request = {
      to: ["ann@example.org", "bob@example.org"],
      subject: "Größe und Preis",
      body: "Zeile 1\nZeile 2",
    };
    const id = await notify(request);
    await tell(id, request);
    await until("both are sent", async () => (await states("Größe und Preis")).join() === "sent,sent");
    expect(mail.mails.map(({ to }) => to.join()).toSorted()).toEqual(request.to);
    const [first] = mail.mails;
    expect(first).toMatchObject({ from: "nave@hub.example", text: "Zeile 1\r\nZeile 2" });
    expect(first?.headers.get("subject")).toMatch(/^=\?UTF-8\?/);
    expect(first?.headers.get("auto-submitted")).toBe("auto-generated");
    const key = first?.headers.get("x-nave-notification");
    expect(first?.headers.get("message-id")).toBe(`<${key}@hub.example>`);
    expect(new Set(mail.mails.map(({ headers }) => headers.get("message-id"))).size).toBe(2);
  });

  test("a mail that the server puts off, or takes without saying so, is sent again under the same id", async () => {
    mail.refuse.push(451, 0);
    await notify({ subject: "Again" });
    await until("it is sent", async () => (await states("Again")).join() === "sent");
    const ids = mail.mails.map(({ headers }) => headers.get("message-id"));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("a mail that is refused for good goes to the dead letters; a person retries or drops it", async () => {
    mail.refuse.push(550, 550);
    await notify({ subject: "Refused", to: ["gone@example.org"] });
    const found = async () => (await letters()).find(({ text }) => text.includes("Refused"));
    await until("a person is asked", async () => (await found()) !== undefined);
    const letter = await found();
    expect(letter).toMatchObject({
      code: "NAVE_NOTIFICATION_FAILED",
      owner: "operators",
      detail: { value: "gone@example.org" },
    });
    expect(letter?.text).toContain("not here");
    await retryDeadLetter(hub.running.hub, letter?.id ?? "", "Ann");
    await until(
      "a person is asked again",
      async () => ![undefined, letter?.id].includes((await found())?.id),
    );
    await dropDeadLetter(hub.running.hub, (await found())?.id ?? "", "Ann");
    expect(await states("Refused")).toEqual(["dropped"]);
    expect(mail.mails).toEqual([]);
  });

  test("a web hook is signed over its bytes, and is posted again under the same id until it is taken", async () => {
    answers.push(500, 302, 0);
    const id = await notify({
      way: "hook",
      to: ["shop"],
      subject: "Paid",
      body: { order: "O-1", amount: "12.50" },
    });
    await until("it is taken", async () => (await states("Paid")).join() === "sent");
    expect(posted).toHaveLength(4);
    expect(new Set(posted.map(({ headers }) => headers["x-nave-notification"])).size).toBe(1);
    for (const { headers, body } of posted) {
      const signature = String(headers["x-nave-signature"]).replace(/^sha256=/, "");
      expect(verifyHmac({ secret: SECRET, body, signature })).toBe(true);
      expect(JSON.parse(body.toString())).toMatchObject({
        id: headers["x-nave-notification"],
        subject: "Paid",
        entity: "quote",
        correlationId: id,
        payload: { order: "O-1", amount: "12.50" },
      });
    }
  });

  test("what cannot be handed over in time is given up, with the reason, and without the secrets of the address", async () => {
    const { config } = hub.running.hub;
    const before = config.notifications.giveUpAfterMs;
    config.notifications.giveUpAfterMs = 1500;
    answers.push(...Array.from({ length: 10 }, () => 503));
    await notify({ way: "hook", to: ["shop"], subject: "Nobody there", body: {} });
    config.notifications.giveUpAfterMs = before;
    await until("a person is asked", async () =>
      (await letters()).some(({ text }) => text.includes("Nobody there")),
    );
    const [letter] = (await letters()).filter(({ text }) => text.includes("Nobody there"));
    expect(letter?.text).toContain("HTTP 503");
    expect(await states("Nobody there")).toEqual(["failed"]);
    const said = JSON.stringify([hub.lines, await letters()]);
    for (const secret of ["address-secret", SECRET, LOGIN.password]) expect(said).not.toContain(secret);
  });

  test("a note stands on the page until a person has acknowledged it, once", async () => {
    const authorised = { token: hub.token };
    await notify({ way: "console", to: ["sales"], subject: "Look here", body: "Order O-1 is odd" });
    const list = (query = "") => ask(`${hub.url}/api/notifications${query}`, authorised);
    const { json } = await list();
    expect(json).toEqual({
      notifications: [
        expect.objectContaining({ way: "console", recipient: "sales", subject: "Look here", state: "open" }),
      ],
    });
    const star = await ask(`${hub.url}/api/star`);
    expect(star.json["persons"]).toMatchObject({ notifications: 1 });
    expect((await ask(`${hub.url}/api/notifications`)).status).toBe(401);
    const [note] = json["notifications"] as { id: string }[];
    const acknowledge = `${hub.url}/api/notifications/${note?.id}/acknowledge`;
    expect((await ask(acknowledge, { json: {} })).status).toBe(401);
    expect(await ask(acknowledge, { json: {}, ...authorised })).toMatchObject({
      status: 200,
      json: { state: "acknowledged", closedBy: expect.any(String) },
    });
    expect(await ask(acknowledge, { json: {}, ...authorised })).toMatchObject({ status: 409 });
    expect((await list()).json).toEqual({ notifications: [] });
    expect((await list("?state=all&limit=1")).json["notifications"]).toHaveLength(1);
    expect((await list("?state=lost")).status).toBe(400);
    const unknown = `${hub.url}/api/notifications/${randomUUID()}/acknowledge`;
    expect((await ask(unknown, { json: {}, ...authorised })).status).toBe(404);
  });

  test.each([
    [{ to: ["no address"] }, "NAVE_RECORD_INVALID", "to"],
    [{ to: ["ann@example.org\nBcc: all@example.org"] }, "NAVE_RECORD_INVALID", "to"],
    [{ to: [] }, "NAVE_RECORD_INVALID", "to"],
    [{ way: "hook", to: ["crm"] }, "NAVE_CONFIG_INVALID", "notifications.hooks"],
    [{ way: "hook", to: ["shop"], body: { text: "x".repeat(70_000) } }, "NAVE_RECORD_INVALID", "body"],
    [{ subject: "x".repeat(501) }, "NAVE_RECORD_INVALID", "subject"],
  ] as const)("what cannot be sent as it is says so: %o", async (request, code, field) => {
    const error = { code, detail: { field, accepts: expect.any(String) } };
    await expect(notify(request as Partial<NotifyRequest>)).rejects.toMatchObject(error);
  });

  test("what was told stands in the story of its message", async () => {
    const id = await notify({ subject: "Story" });
    await until("it is sent", async () => (await states("Story")).join() === "sent");
    const { hops } = await trace(hub.running.hub, id);
    expect(hops.map(({ step, text }) => [step, text])).toEqual([
      ["notified", "mail to ann@example.org: Story"],
      ["notified", "the mail to ann@example.org has been handed over"],
    ]);
  });

  test("a check-up shows which ways are set up, and no secret", async () => {
    const { text } = await ask(`${hub.url}/api/doctor`, { token: hub.token });
    expect(text).toContain("hub.example");
    for (const secret of ["address-secret", SECRET, LOGIN.password]) expect(text).not.toContain(secret);
  });
});
