import { type IdGenerator, RandomIdGenerator } from "@opentelemetry/sdk-trace";
import type { MessageIds } from "./message-ids.ts";

/** Random ids, unless the next span is to have others. */
export class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #next: Partial<MessageIds> = {};

  /** `start` has to start a span before it returns; it gets these ids, a trace id only where it begins a trace. */
  withIds<T>(ids: Partial<MessageIds>, start: () => T): T {
    this.#next = ids;
    try {
      return start();
    } finally {
      this.#next = {};
    }
  }

  generateTraceId(): string {
    return this.#next.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#next.spanId ?? this.#random.generateSpanId();
  }
}
