import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Misbehaviour } from "./misbehaviour.ts";

export type HookTarget = { url: string; secret: string; header: string };

/** Sends web hooks, signed with HMAC-SHA256 in hex; losing, repeating and delaying them as told. A hook that fails is not repeated. */
export class HookSender {
  readonly #target: HookTarget;
  readonly #misbehaviour: Misbehaviour;
  #sent = 0;

  constructor(target: HookTarget, misbehaviour: Misbehaviour) {
    this.#target = target;
    this.#misbehaviour = misbehaviour;
  }

  send(payload: object): void {
    this.#sent += 1;
    const { loseEveryNthHook, hookCopies } = this.#misbehaviour;
    if (loseEveryNthHook > 0 && this.#sent % loseEveryNthHook === 0) return;
    const body = JSON.stringify(payload);
    for (let copy = 0; copy < hookCopies; copy += 1) void this.#deliver(body);
  }

  async #deliver(body: string): Promise<void> {
    await sleep(this.#misbehaviour.hookDelayMs, undefined, { ref: false });
    const signature = createHmac("sha256", this.#target.secret).update(body).digest("hex");
    const headers = { "content-type": "application/json", [this.#target.header]: `sha256=${signature}` };
    const signal = AbortSignal.timeout(5000);
    await fetch(this.#target.url, { method: "POST", headers, body, signal }).then(
      (response) => response.body?.cancel(),
      () => undefined,
    );
  }
}
