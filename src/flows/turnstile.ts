/**
 * Lets messages into a node one at a time, each in a turn of the event loop of its own.
 *
 * The core switch node takes no `done`, and queues what comes in while the turn in which it handled a message still lasts:
 * of such a message nothing tells when it has left (seen in Node-RED 5.0.7, at 50 messages under way). One at a time, it has
 * left when the input handler returns.
 */
export class Turnstile {
  readonly #queues = new WeakMap<object, (() => void)[]>();

  enter(node: object, pass: () => void): void {
    const queue = this.#queues.get(node);
    if (queue === undefined) {
      this.#queues.set(node, []);
      pass();
    } else queue.push(pass);
  }

  /** The node's handler has returned; the next message follows when the node is ready again. */
  leave(node: object): void {
    setImmediate(() => {
      const next = this.#queues.get(node)?.shift();
      if (next === undefined) this.#queues.delete(node);
      else next();
    });
  }
}
