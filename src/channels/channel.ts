/** What travels: the id of a row that holds the body (claim check), and the key whose messages stay in order. */
export type Ticket = {
  id: string;
  key: string;
  /** Of the story that the row belongs to, where whoever published it knew. */
  correlationId?: string;
  /** W3C trace context, where traces are on. */
  traceparent?: string;
};

export type ConsumeOptions = {
  /** Most tickets handed out and not yet finished. */
  prefetch: number;
  /**
   * Called for each ticket; tickets of one key one after the other, others side by side. The ticket is acknowledged when
   * the promise settles either way: what failed is a row with a due time, which the sweeper publishes again.
   */
  handle: (ticket: Ticket) => Promise<void>;
};

/** The transport. It may lose, repeat and reorder tickets; the rows behind them make that harmless. */
export interface Channels {
  readonly kind: "embedded" | "amqp";
  /** Resolves when the broker has taken every ticket (mandatory, confirmed); rejects with NAVE_HUB_UNAVAILABLE when any was returned, nacked or timed out. */
  publish(queue: string, tickets: readonly Ticket[]): Promise<void>;
  /** Declares the queue if need be and consumes it, surviving reconnects; `stop` waits for the tickets under way. */
  consume(queue: string, options: ConsumeOptions): Promise<{ stop(): Promise<void> }>;
  /** Tickets waiting in the queue; undefined when the broker does not answer. */
  depth(queue: string): Promise<number | undefined>;
  /** Drops every ticket of the queue; for tests and for `nave doctor`. */
  purge(queue: string): Promise<void>;
  close(): Promise<void>;
}
