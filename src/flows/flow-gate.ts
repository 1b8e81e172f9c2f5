/** A message under way, and the tabs that it began in or has copies in. */
export type UnderWay = { tabs(): Set<string>; ended: Promise<unknown> };

/** Longest that flows take to stop and start; nodes are given 15 s to close. */
const RESTART_MS = 20_000;

/**
 * Keeps messages out of flows while these are being replaced: what is under way in them ends first, for as long as `drainMs`
 * allows, what comes meanwhile waits.
 */
export class FlowGate {
  readonly #drainMs: number;
  #closed: { tabs: Set<string>; opened: Promise<void>; open: () => void } | undefined;

  constructor(drainMs: number) {
    this.#drainMs = drainMs;
  }

  /**
   * Closes the gate before these tabs and resolves when nothing is under way in them, or the time is up. Waits for the deploy
   * before it: Node-RED answers a deploy before it has started the flows again.
   */
  async close(tabs: readonly string[], underWay: () => Iterable<UnderWay>): Promise<void> {
    await this.whenOpen();
    const { promise, resolve } = Promise.withResolvers<void>();
    const closed = new Set(tabs);
    this.#closed = { tabs: closed, opened: promise, open: resolve };
    const inside = [...underWay()].filter((one) => [...one.tabs()].some((tab) => closed.has(tab)));
    await drain(inside, this.#drainMs);
  }

  /** Whether no deploy is under way. */
  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Resolves when no deploy is under way. */
  async whenOpen(): Promise<void> {
    while (this.#closed !== undefined) await this.#restarted(this.#closed.opened);
  }

  open(): void {
    this.#closed?.open();
    this.#closed = undefined;
  }

  /** Resolves at once when none of these tabs is being replaced. */
  async pass(tabsWanted: () => Set<string>): Promise<void> {
    while (this.#closed !== undefined) {
      const wanted = tabsWanted();
      // Between stop and start of a flow its nodes are gone, and nobody wants the message: that is to be waited for too.
      const { tabs, opened } = this.#closed;
      if (wanted.size > 0 && ![...wanted].some((tab) => tabs.has(tab))) return;
      await opened;
    }
  }

  async #restarted(opened: Promise<void>): Promise<void> {
    const timer = setTimeout(() => this.open(), RESTART_MS);
    await opened;
    clearTimeout(timer);
  }
}

/** Resolves when these have ended, or after that long. */
export async function drain(underWay: readonly UnderWay[], withinMs: number): Promise<void> {
  if (underWay.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, withinMs);
  await Promise.race([Promise.allSettled(underWay.map((one) => one.ended)), promise]);
  clearTimeout(timer);
}
