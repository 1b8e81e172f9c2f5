type Entrance = { taken: boolean; queue: (() => void)[] };

/**
 * Lets messages into a node one at a time, each in a turn of the event loop of its own.
 *
 * The core switch node takes no `done`, and queues what comes in while the turn in which it handled a message still lasts:
 * of such a message nothing tells when it has left (seen in Node-RED 5.0.7, at 50 messages under way). One at a time, it has
 * left when the input handler returns.
 */
export class Turnstile {
  readonly #entrances = new WeakMap<object, Entrance>();

  enter(node: object, pass: () => void): void {
    let entrance = this.#entrances.get(node);
    if (entrance === undefined) {
      entrance = { taken: false, queue: [] };
      this.#entrances.set(node, entrance);
    }
    if (entrance.taken) return void entrance.queue.push(pass);
    entrance.taken = true;
    pass();
  }

  /** The node's handler has returned; the next message follows when the node is ready again. */
  leave(node: object): void {
    setImmediate(() => {
      const entrance = this.#entrances.get(node);
      if (entrance === undefined) return;
      const next = entrance.queue.shift();
      if (next === undefined) entrance.taken = false;
      else next();
    });
  }
}
