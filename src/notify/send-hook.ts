import { createHmac } from "node:crypto";
import type { HookConfig } from "../config/types.ts";
import type { Notification } from "../store/notifications.ts";
import type { Sending } from "./sending.ts";

const WITHIN_MS = 10_000;

/**
 * Posts a notification, signed over its bytes. The id stays the same however often it is posted. The address is the operator's;
 * where that leads on is not followed.
 */
export async function sendHook({ url, secret }: HookConfig, notification: Notification): Promise<Sending> {
  const { id, subject, body: payload, entity, canonicalId, correlationId, createdAt } = notification;
  const told = {
    id,
    createdAt: createdAt.toISOString(),
    subject,
    entity,
    canonicalId,
    correlationId,
    payload,
  };
  const body = JSON.stringify(told);
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-nave-notification": id,
        "x-nave-signature": `sha256=${signature}`,
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: "sent" };
    return { kind: "failed", text: `answered with HTTP ${response.status}` };
  } catch (thrown) {
    return { kind: "failed", text: reasonOf(thrown) };
  }
}

/** Without the address, which may hold a secret. */
function reasonOf(thrown: unknown): string {
  const { name, cause } = thrown as Error;
  if (name === "TimeoutError") return `did not answer within ${WITHIN_MS} ms`;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return `cannot be reached${typeof code === "string" ? `: ${code}` : ""}`;
}
