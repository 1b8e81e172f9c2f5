import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { NaveError } from "../../errors.ts";
import { formatTraceparent, parseTraceparent } from "../../trace-context.ts";
import type { ChosenIds } from "./chosen-ids.ts";
import { idsOf } from "./message-ids.ts";

/** What a row, or what is made of it, tells about the trace it belongs to. */
export type Traced = {
  correlationId?: string;
  /** The message that it is part of the work on. */
  messageId?: string | null;
  /** On record where somebody else had begun the trace. */
  traceparent?: string | null;
};

/** What travels with a ticket. */
export type Carried = { traceparent?: string; correlationId?: string };

/** One of several that are worked on together. */
export type Member = { key: string; span: Span | undefined };

type TracesParts = {
  tracer: Tracer;
  ids: ChosenIds;
  /** Of a trace that begins in the hub. */
  isRecorded: (traceId: string) => boolean;
  stop: () => Promise<void>;
};

type Work<T> = (span: Span) => Promise<T>;

/** Attribute of a span that has turned out to be of no interest: it is not sent. */
export const NOTHING_HAPPENED = "nave.nothing_happened";

const MEMBERS = createContextKey("nave: what is worked on together");
const CONTINUED = createContextKey("nave: the trace was begun by the sender");

/**
 * Begins and ends the spans of one hub. A message has a trace of its own, named by its correlation id, unless whoever sent the
 * record had begun one. Of what many messages have done together there is a span of its own, with links to and from theirs.
 *
 * Attributes hold ids, names of systems and entities, outcomes and error codes; no text of a record or an error.
 */
export class Traces {
  readonly #tracer: Tracer;
  readonly #ids: ChosenIds;
  readonly #isRecorded: (traceId: string) => boolean;
  /** By the objects that stand for a piece of work in between. */
  readonly #marks = new WeakMap<object, SpanContext>();
  readonly #arrivals = new WeakMap<object, Span>();
  /** The attempt that a message's flows make of it in this process. */
  readonly #underWay = new Map<string, Span>();
  readonly #stop: () => Promise<void>;

  constructor(parts: TracesParts) {
    this.#tracer = parts.tracer;
    this.#ids = parts.ids;
    this.#isRecorded = parts.isRecorded;
    this.#stop = parts.stop;
  }

  /** Sends what is left, within seconds. */
  stop(): Promise<void> {
    return this.#stop();
  }

  /** A span around the work, below the one that runs. An error ends it as failed. */
  span<T>(name: string, options: SpanOptions, work: Work<T>): Promise<T> {
    return this.spanIn(context.active(), name, options, work);
  }

  /** The same below a span of another process, or of another moment. */
  spanUnder<T>(
    parent: SpanContext | undefined,
    name: string,
    options: SpanOptions,
    work: Work<T>,
  ): Promise<T> {
    return this.spanIn(under(parent), name, options, work);
  }

  async spanIn<T>(parent: Context, name: string, options: SpanOptions, work: Work<T>): Promise<T> {
    const span = this.#tracer.startSpan(name, options, parent);
    try {
      return await context.with(trace.setSpan(parent, span), () => work(span));
    } catch (thrown) {
      markFailed(span, errorType(thrown));
      throw thrown;
    } finally {
      span.end();
    }
  }

  /** A span of work on one row, in the trace that the row belongs to. */
  about<T>(row: Traced, name: string, options: SpanOptions, work: Work<T>): Promise<T> {
    const active = trace.getActiveSpan()?.spanContext();
    const own = this.contextOf(row);
    if (active && active.traceId === own?.traceId) return this.span(name, options, work);
    return this.spanUnder(own, name, { ...options, links: linksTo([active]) }, work);
  }

  /** The span of a ticket: what its row's handler does. */
  ofTicket<T>(carried: Carried, name: string, options: SpanOptions, work: Work<T>): Promise<T> {
    const parent = parseTraceparent(carried.traceparent);
    if (parent || carried.correlationId === undefined) return this.spanUnder(parent, name, options, work);
    const { traceId } = idsOf(carried.correlationId);
    return this.#ids.withIds({ traceId }, () => this.spanUnder(undefined, name, options, work));
  }

  /**
   * A request from outside, in the trace that the sender has begun, if any. `end` ends it.
   *
   * @param run  Called with the span active.
   */
  request(traceparent: unknown, name: string, attributes: Attributes, run: (span: Span) => void): void {
    const parent = parseTraceparent(traceparent);
    const above = under(parent);
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, above);
    const within = trace.setSpan(above, span).setValue(CONTINUED, parent !== undefined);
    context.with(within, () => run(span));
  }

  /** The trace of the request being served, where its sender has begun it. */
  continued(): { traceparent?: string } {
    if (context.active().getValue(CONTINUED) !== true) return {};
    const span = trace.getSpanContext(context.active());
    return span ? { traceparent: formatTraceparent(span) } : {};
  }

  /**
   * Begins the traces of messages that are about to be put on record.
   *
   * @param senders  In the same order, what tells whether the sender has begun a trace.
   * @returns the traces that the rows do not tell by themselves.
   */
  arriving(
    messages: readonly { correlationId: string; system: string | null; entity: string; deleted: boolean }[],
    senders: readonly { traceparent?: string }[],
  ): { correlationId: string; traceparent: string }[] {
    const links = linksTo([trace.getSpanContext(context.active())]);
    return messages.flatMap((message, index) => {
      const { correlationId, system, entity, deleted } = message;
      const sender = parseTraceparent(senders[index]?.traceparent);
      const attributes = {
        ...messagingAttributes(`inbound.${entity}`, "accept", "create"),
        "messaging.message.conversation_id": correlationId,
        "nave.system": system ?? "",
        "nave.entity": entity,
        "nave.deleted": deleted,
      };
      const options = { kind: SpanKind.PRODUCER, attributes, ...(sender ? {} : { links }) };
      const span = this.#ids.withIds(idsOf(correlationId), () =>
        this.#tracer.startSpan(`accept inbound.${entity}`, options, under(sender)),
      );
      this.#arrivals.set(message, span);
      this.mark(message, span);
      return sender ? [{ correlationId, traceparent: formatTraceparent(span.spanContext()) }] : [];
    });
  }

  /** They are on record; those that are not fit to go on are parked. */
  arrived(messages: readonly { state: string }[]): void {
    for (const message of messages) {
      const span = this.#arrivals.get(message);
      if (message.state !== "accepted") span?.setAttribute("nave.outcome", message.state);
      span?.end();
    }
  }

  /** What is made of this object later belongs below the span. */
  mark(made: object, span: Span): void {
    this.#marks.set(made, span.spanContext());
  }

  /** Runs what follows from an answer as part of the call that has brought it. */
  following<T>(brought: object, work: () => Promise<T>): Promise<T> {
    return context.with(under(this.#marks.get(brought)), work);
  }

  /** What a ticket for this row carries. */
  carried(row: Traced): Carried {
    const { correlationId } = row;
    const parent = this.contextOf(row);
    return {
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(parent ? { traceparent: formatTraceparent(parent) } : {}),
    };
  }

  /** The span that work on this row belongs below: the nearest that is known here. */
  contextOf(row: Traced): SpanContext | undefined {
    const known = this.#marks.get(row) ?? this.#underWay.get(row.messageId ?? "")?.spanContext();
    return known ?? parseTraceparent(row.traceparent) ?? this.#told(row.correlationId);
  }

  current(): Span | undefined {
    return trace.getActiveSpan();
  }

  /** While the work goes on, what concerns the message in this process belongs below the span that runs. */
  async attempt(messageId: string, span: Span, work: () => Promise<void>): Promise<void> {
    this.#underWay.set(messageId, span);
    try {
      await work();
    } finally {
      this.#underWay.delete(messageId);
    }
  }

  attemptOf(messageId: string): Span | undefined {
    return this.#underWay.get(messageId);
  }

  /** Work on several at once: of one, part of its span; of more, a span in a trace of its own, linked both ways. */
  together<T>(
    name: string,
    attributes: Attributes,
    members: readonly Member[],
    work: () => Promise<T>,
  ): Promise<T> {
    const spans = [...new Set(members.flatMap(({ span }) => span ?? []))];
    const byKey = new Map(members.map(({ key, span }) => [key, span]));
    const [only] = spans;
    if (spans.length <= 1) {
      const base = only ? trace.setSpan(ROOT_CONTEXT, only) : ROOT_CONTEXT;
      return context.with(base.setValue(MEMBERS, byKey), work);
    }
    const options = {
      attributes: { ...attributes, "messaging.batch.message_count": spans.length },
      links: linksTo(spans.map((span) => span.spanContext())),
    };
    return this.spanIn(ROOT_CONTEXT.setValue(MEMBERS, byKey), name, options, (span) => {
      for (const one of spans) one.addLink({ context: span.spanContext() });
      return work();
    });
  }

  /** The span of one of those that are worked on together just now. */
  memberOf(key: string): Span | undefined {
    const members = context.active().getValue(MEMBERS) as ReadonlyMap<string, Span> | undefined;
    return members?.get(key);
  }

  /** By the ids alone, whether or not its first span is known here. */
  #told(correlationId: string | undefined): SpanContext | undefined {
    if (correlationId === undefined) return undefined;
    const ids = idsOf(correlationId);
    return { ...ids, traceFlags: this.#isRecorded(ids.traceId) ? 1 : 0, isRemote: true };
  }
}

export function markFailed(span: Span, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The hub's code, or the kind of error; never its text. */
export function errorType(thrown: unknown): string {
  if (thrown instanceof NaveError) return thrown.code;
  return thrown instanceof Error ? thrown.name : "unknown";
}

/** https://opentelemetry.io/docs/specs/semconv/messaging/, version 1.45: in development, as all of that page. */
export function messagingAttributes(destination: string, name: string, type: string): Attributes {
  return {
    "messaging.destination.name": destination,
    "messaging.operation.name": name,
    "messaging.operation.type": type,
  };
}

function under(parent: SpanContext | undefined): Context {
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

function linksTo(contexts: readonly (SpanContext | undefined)[]): Link[] {
  return contexts.flatMap((one) => (one && isSpanContextValid(one) ? [{ context: one }] : []));
}
