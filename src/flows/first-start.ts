/**
 * When Node-RED has started the flows for the first time; or what kept it from loading them, for it drops such an error and
 * starts nothing.
 */
export class FirstStart {
  readonly #outcome = Promise.withResolvers<void>();

  constructor() {
    // It may fail before anybody waits for it.
    this.ended.catch(() => undefined);
  }

  get ended(): Promise<void> {
    return this.#outcome.promise;
  }

  succeeded(): void {
    this.#outcome.resolve();
  }

  async load<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#outcome.reject(error);
      throw error;
    }
  }
}
