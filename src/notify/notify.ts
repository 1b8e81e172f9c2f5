import { randomUUID } from "node:crypto";
import type { NotificationsConfig } from "../config/types.ts";
import { NaveError } from "../errors.ts";
import type { NotifyRequest } from "../flows/hub-port.ts";
import type { Hub } from "../hub.ts";
import { insertHops } from "../store/hops.ts";
import { readMessage } from "../store/messages.ts";
import { insertNotifications } from "../store/notifications.ts";

const MOST_BYTES = 64 * 1024;
const MOST_RECIPIENTS = 50;
/** One address without a name, as a flow takes it from a record; what the mail server thinks of it is another matter. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

/**
 * Puts on record what a flow tells people or programs; it is sent from there. Told once, however often the message comes.
 *
 * @throws NAVE_CONFIG_INVALID for a way that is not set up, NAVE_RECORD_INVALID for what cannot be sent as it is.
 */
export async function notify(hub: Hub, request: NotifyRequest): Promise<void> {
  const { way, subject, body } = request;
  checkSize(request);
  const recipients = [...new Set(request.to)];
  if (recipients.length === 0 || recipients.length > MOST_RECIPIENTS) {
    throw new NaveError("NAVE_RECORD_INVALID", `a notification for ${recipients.length} recipients`, {
      field: "to",
      accepts: `1 to ${MOST_RECIPIENTS} recipients`,
    });
  }
  for (const recipient of recipients) checkRecipient(hub.config.notifications, way, recipient);
  const message = await readMessage(hub.db, request.messageId);
  if (!message) throw new NaveError("NAVE_HUB_UNAVAILABLE", `message ${request.messageId} is gone`);
  const { id: messageId, correlationId, entity, canonicalId } = message;
  const about = { messageId, correlationId, entity, canonicalId };
  const allowedMs = hub.config.notifications.giveUpAfterMs;
  await hub.db.transaction(async (sql) => {
    const made = await insertNotifications(
      sql,
      recipients.map((recipient) => {
        const onceKey = `${request.onceKey}/${recipient}`;
        return { id: randomUUID(), way, recipient, subject, body, onceKey, allowedMs, ...about };
      }),
    );
    if (made.length === 0) return;
    const text = `${WORDS[way]} ${recipients.join(", ")}: ${subject}`;
    const hop = { ...about, system: null, localId: null, step: "notified" as const, text };
    await insertHops(sql, [{ ...hop, after: { subject, body } }]);
  });
}

const WORDS: Record<NotifyRequest["way"], string> = {
  mail: "mail to",
  hook: "web hook to",
  console: "on the page for",
};

function checkSize({ subject, body }: NotifyRequest): void {
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= MOST_BYTES && subject.length <= 500) return;
  throw new NaveError(
    "NAVE_RECORD_INVALID",
    `a notification of ${bytes} bytes, subject ${subject.length} characters`,
    {
      field: bytes > MOST_BYTES ? "body" : "subject",
      accepts: `a body of at most ${MOST_BYTES} bytes, a subject of at most 500 characters`,
    },
  );
}

function checkRecipient(config: NotificationsConfig, way: NotifyRequest["way"], recipient: string): void {
  if (way === "mail") {
    if (!config.mail) {
      throw new NaveError("NAVE_CONFIG_INVALID", "no mail server is configured", {
        field: "notifications.mail",
        accepts: "host, from and, where the server wants them, user and password",
      });
    }
    if (ADDRESS.test(recipient) && recipient.length <= 254) return;
    throw new NaveError("NAVE_RECORD_INVALID", `"${recipient.slice(0, 100)}" is no e-mail address`, {
      field: "to",
      value: recipient,
      accepts: "an address such as sales@example.com",
    });
  }
  if (way === "hook" && config.hooks[recipient] === undefined) {
    throw new NaveError("NAVE_CONFIG_INVALID", `no web hook "${recipient.slice(0, 100)}" is configured`, {
      field: "notifications.hooks",
      value: recipient,
      accepts: Object.keys(config.hooks).join(", ") || "a hook by its name, with its address and secret",
    });
  }
  if (recipient.length > 200) {
    throw new NaveError("NAVE_RECORD_INVALID", "the recipient is too long", {
      field: "to",
      value: recipient,
      accepts: "at most 200 characters",
    });
  }
}
