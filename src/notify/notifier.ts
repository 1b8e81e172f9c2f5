import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { openDeadLetter } from "../store/dead-letters.ts";
import { insertHops } from "../store/hops.ts";
import {
  claimNotifications,
  closeNotification,
  deferNotification,
  type Notification,
  notificationSubject,
} from "../store/notifications.ts";
import type { TraceColumns } from "../store/trace-origins.ts";
import { Ticker } from "../ticker.ts";
import { sendHook } from "./send-hook.ts";
import { sendMail } from "./send-mail.ts";
import type { Sending } from "./sending.ts";

const TICK_MS = 300;
const AT_ONCE = 10;
const CLAIM_MS = 120_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10 * 60_000;

let claims = 0;

/** Sends what flows have told people and programs: at least once, again after failures, until it is given up. */
export class Notifier {
  readonly #hub: Hub;
  readonly #ticker = new Ticker((signal) => this.#round(signal), TICK_MS);

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #round(signal: AbortSignal): Promise<void> {
    try {
      for (let isMore = true; isMore; ) {
        claims += 1;
        const claim = `${this.#hub.workerId}#n${claims}`;
        const due = await claimNotifications(this.#hub.db, claim, CLAIM_MS, AT_ONCE);
        await Promise.all(due.map((notification) => deliverTraced(this.#hub, notification, claim)));
        isMore = due.length === AT_ONCE && !signal.aborted;
      }
    } catch (thrown) {
      this.#hub.log.warn({}, `notifying failed, trying again: ${toNaveError(thrown).message}`);
    }
  }
}

async function deliverTraced(
  hub: Hub,
  notification: Notification & TraceColumns,
  claim: string,
): Promise<void> {
  if (!hub.traces) return deliver(hub, notification, claim);
  const name = `send ${notification.way}`;
  return hub.traces.about(notification, name, {}, () => deliver(hub, notification, claim));
}

async function deliver(hub: Hub, notification: Notification, claim: string): Promise<void> {
  const sending = await send(hub, notification);
  if (sending.kind === "sent") {
    await hub.db.transaction(async (sql) => {
      if (!(await closeNotification(sql, notification.id, claim, "sent", null))) return;
      await insertHops(sql, [hopOf(notification, `${named(notification)} has been handed over`)]);
    });
    return;
  }
  const { text } = sending;
  const { id, way, correlationId } = notification;
  hub.log.warn({ notification: id, way, correlationId }, `not notified: ${text}`);
  const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (notification.attempts - 1), LONGEST_RETRY_MS);
  const isOver = notification.giveUpAt.getTime() <= Date.now() + delayMs;
  if (sending.kind === "refused" || isOver) await giveUp(hub, notification, claim, text);
  else await deferNotification(hub.db, notification.id, claim, delayMs, text);
}

async function send({ config }: Hub, notification: Notification): Promise<Sending> {
  const { mail, hooks } = config.notifications;
  if (notification.way === "mail") {
    return mail ? sendMail(mail, notification) : { kind: "failed", text: "no mail server is configured" };
  }
  const hook = hooks[notification.recipient];
  const gone = `no web hook "${notification.recipient}" is configured`;
  return hook ? sendHook(hook, notification) : { kind: "failed", text: gone };
}

async function giveUp(hub: Hub, notification: Notification, claim: string, why: string): Promise<void> {
  const { id, entity, canonicalId, subject, recipient, attempts } = notification;
  const text = `${named(notification)} was given up after ${attempts} attempts: ${why}`;
  await hub.db.transaction(async (sql) => {
    if (!(await closeNotification(sql, id, claim, "failed", why))) return;
    await openDeadLetter(sql, {
      subject: notificationSubject(id),
      system: null,
      entity,
      canonicalId,
      localId: null,
      code: "NAVE_NOTIFICATION_FAILED",
      text: `${text} (${subject})`,
      detail: { field: "to", value: recipient },
      owner: "operators",
    });
    await insertHops(sql, [{ ...hopOf(notification, text), step: "parked" }]);
  });
}

const named = ({ way, recipient }: Notification) =>
  `the ${way === "mail" ? "mail" : "web hook"} to ${recipient}`;

function hopOf(notification: Notification, text: string) {
  const { correlationId, messageId, entity, canonicalId } = notification;
  const about = { correlationId, messageId, entity, canonicalId, system: null, localId: null };
  return { ...about, step: "notified" as const, text };
}
