import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Channels, Ticket } from "../../../src/channels/channel.ts";
import { until } from "../../services/until.ts";

export type ChannelCase = {
  open(): Promise<Channels>;
  /** A queue name no other test uses. */
  queue(): string;
};

/** What both kinds of channels promise. */
export function channelContract(name: string, make: ChannelCase): void {
  describe(`${name} promise:`, () => {
    let channels: Channels;
    let queue: string;

    beforeEach(async () => {
      channels = await make.open();
      queue = make.queue();
    });
    afterEach(() => channels.close());

    test("a ticket published before anyone consumes is delivered with its id, key and trace", async () => {
      const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
      await channels.publish(queue, [{ id: "1", key: "crm/4711", traceparent }]);
      const got = await consumeAll(channels, queue);
      await until("the ticket arrived", () => got.length === 1);
      expect(got).toEqual([{ id: "1", key: "crm/4711", traceparent }]);
    });

    test("publishing resolves only when every ticket is in the queue", async () => {
      await channels.publish(queue, tickets(500));
      expect(await channels.depth(queue)).toBe(500);
    });

    test("publishing nothing resolves", async () => {
      await expect(channels.publish(queue, [])).resolves.toBeUndefined();
    });

    test("tickets of one key are handled one after the other, in order", async () => {
      const seen = new Map<string, string[]>();
      const busy = new Set<string>();
      let overlaps = 0;
      await channels.consume(queue, {
        prefetch: 20,
        handle: async (ticket) => {
          if (busy.has(ticket.key)) overlaps++;
          busy.add(ticket.key);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
          seen.set(ticket.key, [...(seen.get(ticket.key) ?? []), ticket.id]);
          busy.delete(ticket.key);
        },
      });
      const sent = Array.from({ length: 100 }, (_, index) => ({ id: String(index), key: `k${index % 7}` }));
      await channels.publish(queue, sent);
      await until("all were handled", () => [...seen.values()].flat().length === 100);
      expect(overlaps).toBe(0);
      for (const [key, ids] of seen) {
        expect(ids).toEqual(sent.filter((ticket) => ticket.key === key).map((ticket) => ticket.id));
      }
    });

    test("tickets of different keys are handled side by side, no more than prefetch at a time", async () => {
      const gate = Promise.withResolvers<void>();
      let atOnce = 0;
      let most = 0;
      let done = 0;
      await channels.consume(queue, {
        prefetch: 4,
        handle: async () => {
          most = Math.max(most, ++atOnce);
          await gate.promise;
          atOnce--;
          done++;
        },
      });
      await channels.publish(queue, tickets(12));
      await until("four are under way", () => atOnce === 4);
      gate.resolve();
      await until("all are done", () => done === 12);
      expect(most).toBe(4);
    });

    test("a stuck ticket holds up its own key only", async () => {
      const gate = Promise.withResolvers<void>();
      const done: string[] = [];
      await channels.consume(queue, {
        prefetch: 10,
        handle: async (ticket) => {
          if (ticket.id === "stuck") await gate.promise;
          done.push(ticket.id);
        },
      });
      await channels.publish(queue, [{ id: "stuck", key: "a" }, { id: "behind", key: "a" }, ...tickets(20)]);
      await until("the others are done", () => done.length === 20);
      expect(done).not.toContain("behind");
      gate.resolve();
      await until("the key went on", () => done.length === 22);
      expect(done.slice(-2)).toEqual(["stuck", "behind"]);
    });

    test("a handler that throws does not stop the consumer, and its ticket does not come back", async () => {
      const calls: string[] = [];
      await channels.consume(queue, {
        prefetch: 1,
        handle: async (ticket) => {
          calls.push(ticket.id);
          if (ticket.id === "0") throw new Error("the handler failed");
        },
      });
      await channels.publish(queue, tickets(3));
      await until("all were tried", () => calls.length === 3);
      await until("none is left", async () => (await channels.depth(queue)) === 0);
      expect(calls).toEqual(["0", "1", "2"]);
    });

    test("stop waits for the tickets under way, begins no other, and leaves the rest in the queue", async () => {
      const gate = Promise.withResolvers<void>();
      const begun: string[] = [];
      const done: string[] = [];
      const consumer = await channels.consume(queue, {
        prefetch: 3,
        handle: async (ticket) => {
          begun.push(ticket.id);
          await gate.promise;
          done.push(ticket.id);
        },
      });
      await channels.publish(queue, [
        { id: "a1", key: "a" },
        { id: "a2", key: "a" },
        { id: "b1", key: "b" },
        ...tickets(5),
      ]);
      await until("two are under way", () => begun.length === 2);
      let stopped = false;
      const stopping = consumer.stop().then(() => (stopped = true));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(stopped).toBe(false);
      gate.resolve();
      await stopping;
      expect(done.sort()).toEqual(["a1", "b1"]);
      expect(begun).toHaveLength(2);
      await until("six wait in the queue", async () => (await channels.depth(queue)) === 6);
      const rest = await consumeAll(channels, queue);
      await until("they are delivered to the next consumer", () => rest.length === 6);
      expect(rest.map((ticket) => ticket.id)).toContain("a2");
    });

    test("depth counts the tickets that wait, and is 0 for a queue nobody has used", async () => {
      expect(await channels.depth(queue)).toBe(0);
      await channels.publish(queue, tickets(7));
      expect(await channels.depth(queue)).toBe(7);
    });

    test("purge empties the queue and it can be used afterwards", async () => {
      await channels.publish(queue, tickets(10));
      await channels.purge(queue);
      expect(await channels.depth(queue)).toBe(0);
      const got = await consumeAll(channels, queue);
      await channels.publish(queue, [{ id: "after", key: "k" }]);
      await until("the next ticket arrived", () => got.length === 1);
    });

    test("queues do not see each other's tickets", async () => {
      const other = make.queue();
      const got = await consumeAll(channels, other);
      await channels.publish(queue, tickets(3));
      await channels.publish(other, [{ id: "mine", key: "k" }]);
      await until("its own ticket arrived", () => got.length === 1);
      expect(await channels.depth(queue)).toBe(3);
    });

    test("two consumers share the work", async () => {
      const counts = [0, 0];
      for (const index of [0, 1]) {
        await channels.consume(queue, {
          prefetch: 5,
          handle: async () => {
            counts[index]!++;
            await new Promise((resolve) => setTimeout(resolve, 2));
          },
        });
      }
      await channels.publish(queue, tickets(100));
      await until("all are handled", () => counts.reduce((sum, count) => sum + count) === 100);
      expect(Math.min(...counts)).toBeGreaterThan(20);
    });

    test("after close, publishing and consuming are refused and depth is unknown", async () => {
      await channels.close();
      await expect(channels.publish(queue, tickets(1))).rejects.toMatchObject({
        code: "NAVE_HUB_UNAVAILABLE",
      });
      expect(await channels.depth(queue)).toBeUndefined();
    });

    test("close waits for the tickets under way", async () => {
      const gate = Promise.withResolvers<void>();
      let begun = false;
      let done = false;
      await channels.consume(queue, {
        prefetch: 1,
        handle: async () => {
          begun = true;
          await gate.promise;
          done = true;
        },
      });
      await channels.publish(queue, tickets(1));
      await until("it is under way", () => begun);
      const closing = channels.close();
      gate.resolve();
      await closing;
      expect(done).toBe(true);
    });

    test("20,000 tickets go through whole", async () => {
      const got = await consumeAll(channels, queue, 300);
      const sent = tickets(20_000);
      await channels.publish(queue, sent);
      await until("all arrived", () => got.length === 20_000, 30_000);
      expect(new Set(got.map((ticket) => ticket.id)).size).toBe(20_000);
    });
  });
}

export function tickets(count: number): Ticket[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(index), key: `key-${index}` }));
}

/** Consumes into the array it answers. */
export async function consumeAll(channels: Channels, queue: string, prefetch = 50): Promise<Ticket[]> {
  const got: Ticket[] = [];
  await channels.consume(queue, {
    prefetch,
    handle: async (ticket) => {
      got.push(ticket);
    },
  });
  return got;
}
