import { createTransport } from "nodemailer";
import type { MailConfig } from "../config/types.ts";
import type { Notification } from "../store/notifications.ts";
import type { Sending } from "./sending.ts";

const CONNECT_WITHIN_MS = 10_000;
const SILENT_FOR_MS = 20_000;

/**
 * Hands a mail to the configured server. Its Message-ID stays the same however often it is handed over, so that a mail which
 * arrives twice, because an answer was lost, is known for the same.
 */
export async function sendMail(
  config: MailConfig,
  { id, recipient, subject, body, createdAt }: Notification,
): Promise<Sending> {
  const transport = createTransport({
    host: config.host,
    port: config.port,
    secure: config.tls === "implicit",
    requireTLS: config.tls === "required",
    ...(config.user === undefined ? {} : { auth: { user: config.user, pass: config.password ?? "" } }),
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: SILENT_FOR_MS,
    // A flow's text must not make the hub read files or fetch addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: config.from,
      to: { name: "", address: recipient },
      subject,
      text: typeof body === "string" ? body : JSON.stringify(body, null, 2),
      date: createdAt,
      messageId: `<${id}@${config.from.replace(/^.*@|>\s*$/g, "")}>`,
      headers: { "X-Nave-Notification": id, "Auto-Submitted": "auto-generated" },
    });
    return { kind: "sent" };
  } catch (thrown) {
    return failureOf(thrown);
  } finally {
    transport.close();
  }
}

/** A server that refuses the address or the mail (5xx) will refuse it again; a refused login is put right by an operator. */
function failureOf(thrown: unknown): Sending {
  const { message: text, responseCode, code } = thrown as Error & { responseCode?: number; code?: string };
  const isFinal = responseCode !== undefined && responseCode >= 500 && code !== "EAUTH";
  return { kind: isFinal ? "refused" : "failed", text };
}
