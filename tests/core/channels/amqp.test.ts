import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Channels, Ticket } from "../../../src/channels/channel.ts";
import { openChannels } from "../../../src/channels/open-channels.ts";
import { keptLog, type LogLine } from "../../services/kept-log.ts";
import { atTheBroker, brokerUrl, deleteQueues, uniquePrefix } from "../../services/rabbitmq.ts";
import { TcpProxy } from "../../services/tcp-proxy.ts";
import { until } from "../../services/until.ts";
import { channelContract, consumeAll, tickets } from "./channel-contract.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const prefix = uniquePrefix();
const queues: string[] = [];

function newQueue(): string {
  queues.push(`queue-${queues.length + 1}`);
  return queues.at(-1) as string;
}

afterAll(() => deleteQueues(prefix, queues));

channelContract("channels over RabbitMQ", {
  open: () => openChannels({ url: brokerUrl(), prefix, log: keptLog().log }),
  queue: newQueue,
});

describe("channels over RabbitMQ, when the network or the broker misbehaves", () => {
  let proxy: TcpProxy;
  let url: string;
  let channels: Channels;
  let lines: LogLine[];
  let queue: string;

  beforeEach(async () => {
    queue = newQueue();
    const relayed = await TcpProxy.before(brokerUrl(), 5672);
    proxy = relayed.proxy;
    url = relayed.url;
    const kept = keptLog();
    lines = kept.lines;
    channels = await openChannels({
      url: relayed.url,
      prefix,
      log: kept.log,
      times: { confirmTimeoutMs: 500, backOffMs: 20, maxBackOffMs: 100, watchdogMs: 400, livenessMs: 100 },
    });
  });
  afterEach(async () => {
    await channels.close();
    await proxy.stop();
  });

  test("a consumer goes on after its connection was cut, and what was under way is delivered again", async () => {
    const gate = Promise.withResolvers<void>();
    const done: string[] = [];
    await channels.consume(queue, {
      prefetch: 10,
      handle: async (ticket) => {
        await gate.promise;
        done.push(ticket.id);
      },
    });
    await channels.publish(queue, tickets(30));
    proxy.cut();
    gate.resolve();
    await until("every ticket was handled", () => new Set(done).size === 30);
    await until("none is left", async () => (await channels.depth(queue)) === 0);
  });

  test("a ticket delivered again after a cut waits for the one of its key under way", async () => {
    const gate = Promise.withResolvers<void>();
    let atOnce = 0;
    let most = 0;
    let calls = 0;
    await channels.consume(queue, {
      prefetch: 5,
      handle: async () => {
        calls++;
        most = Math.max(most, ++atOnce);
        if (calls === 1) await gate.promise;
        atOnce--;
      },
    });
    await channels.publish(queue, [{ id: "1", key: "one" }]);
    await until("it is under way", () => calls === 1);
    proxy.cut();
    await until("the next ticket of its key is in the queue", () =>
      isPublished(channels, queue, { id: "2", key: "one" }),
    );
    gate.resolve();
    await until("both were handled, the first twice", () => calls >= 3);
    expect(most).toBe(1);
  });

  test("publishing while the connection is cut rejects or is confirmed, and never hangs", async () => {
    const outcomes = { confirmed: 0, rejected: 0 };
    const publishing = Array.from({ length: 20 }, async (_, index) => {
      if (index === 10) proxy.cut();
      await channels.publish(queue, tickets(200)).then(
        () => outcomes.confirmed++,
        (error: { code: string }) => {
          expect(error.code).toBe("NAVE_HUB_UNAVAILABLE");
          outcomes.rejected++;
        },
      );
    });
    await Promise.all(publishing);
    expect(outcomes.confirmed + outcomes.rejected).toBe(20);
    expect(outcomes.rejected).toBeGreaterThan(0);
    await until("publishing works again", () => isPublished(channels, queue, { id: "last", key: "k" }));
    expect(await channels.depth(queue)).toBeGreaterThanOrEqual(outcomes.confirmed * 200 + 1);
  });

  test("publishing is refused at once while no broker answers, and works again when one does", async () => {
    proxy.refuse(true);
    proxy.cut();
    await until("both connections are gone", () => proxy.connections === 0);
    await expect(channels.publish(queue, tickets(1))).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
    expect(await channels.depth(queue)).toBeUndefined();
    proxy.refuse(false);
    await channels.publish(queue, tickets(1));
    expect(await channels.depth(queue)).toBe(1);
  });

  test("a consumer asked for while no broker answers begins when one does", async () => {
    proxy.refuse(true);
    proxy.cut();
    await until("both connections are gone", () => proxy.connections === 0);
    const got = await consumeAll(channels, queue);
    proxy.refuse(false);
    await channels.publish(queue, tickets(3));
    await until("its tickets arrive", () => got.length === 3);
  });

  test("a consumer that is cut off waits no longer than the longest back-off before it comes back", async () => {
    const times = {
      confirmTimeoutMs: 500,
      backOffMs: 600_000,
      maxBackOffMs: 50,
      watchdogMs: 400,
      livenessMs: 100,
    };
    const hasty = await openChannels({ url, prefix, log: keptLog().log, times });
    const got = await consumeAll(hasty, queue);
    proxy.cut();
    await until("publishing works again", () => isPublished(channels, queue, { id: "next", key: "k" }));
    await until("it arrives", () => got.length > 0, 20_000);
    await hasty.close();
  });

  test("a confirm that does not come within the time counts as not sent", async () => {
    await channels.publish(queue, tickets(1));
    proxy.silence(true);
    await expect(channels.publish(queue, tickets(5))).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
    proxy.silence(false);
    await until("publishing works again", () => isPublished(channels, queue, { id: "last", key: "k" }));
  });

  test("a full socket on a silent connection does not hang publishing", async () => {
    await channels.publish(queue, tickets(1));
    proxy.silence(true);
    await expect(channels.publish(queue, tickets(50_000))).rejects.toMatchObject({
      code: "NAVE_HUB_UNAVAILABLE",
    });
    proxy.silence(false);
  });

  test("a broker that blocks publishers is reported by rejection, and consuming goes on", async () => {
    const got = await consumeAll(channels, queue);
    await channels.publish(queue, tickets(1));
    proxy.inject(connectionBlocked("low on memory"));
    await until("publishing is refused", async () => {
      const refused = await channels.publish(queue, tickets(1)).then(
        () => "",
        (error: Error) => error.message,
      );
      return refused.includes("low on memory");
    });
    await atTheBroker(async (channel) => {
      channel.sendToQueue(prefix + queue, Buffer.from(JSON.stringify({ id: "still", key: "k" })));
    });
    await until("a ticket still arrives", () => got.some((ticket) => ticket.id === "still"));
    proxy.inject(CONNECTION_UNBLOCKED);
    await until("publishing works again", () => isPublished(channels, queue, { id: "last", key: "k" }));
  });

  test("close rejects what still waits for a confirm", async () => {
    await channels.publish(queue, tickets(1));
    proxy.silence(true);
    const outcome = channels.publish(queue, tickets(5)).catch((error: { code: string }) => error.code);
    const closing = channels.close();
    expect(await outcome).toBe("NAVE_HUB_UNAVAILABLE");
    proxy.cut();
    await closing;
  });

  test("a queue deleted under its consumer is declared again and consumed", async () => {
    const got = await consumeAll(channels, queue);
    await channels.publish(queue, [{ id: "before", key: "k" }]);
    await until("the first ticket arrived", () => got.length === 1);
    await atTheBroker((channel) => channel.deleteQueue(prefix + queue));
    await until("a ticket arrives through the new queue", async () => {
      await channels.publish(queue, [{ id: "after", key: "k" }]).catch(() => undefined);
      return got.some((ticket) => ticket.id === "after");
    });
    expect(lines.map((line) => line.text)).toContain("a consumer ended, consuming again");
  });

  test("tickets for a queue that is gone come back and are rejected; the next time it is declared again", async () => {
    await channels.publish(queue, tickets(1));
    await atTheBroker((channel) => channel.deleteQueue(prefix + queue));
    await expect(channels.publish(queue, tickets(3))).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
    await channels.publish(queue, tickets(2));
    expect(await channels.depth(queue)).toBe(2);
  });

  test("a consumer whose handlers all hang is given up by the watchdog, and its tickets are handled after all", async () => {
    let hung = 0;
    const done: string[] = [];
    await channels.consume(queue, {
      prefetch: 3,
      handle: async (ticket) => {
        if (hung < 3) {
          hung++;
          await new Promise(() => {});
        }
        done.push(ticket.id);
      },
    });
    await channels.publish(queue, tickets(6));
    await until("all six are handled", () => new Set(done).size === 6);
    expect(lines.filter((line) => line.level === "error").map((line) => line.text)).toEqual([
      "no ticket was finished for too long, giving up those under way",
    ]);
  });

  test("a handler that takes its time, though less than the watchdog's, is left to finish", async () => {
    const { log, lines: told } = keptLog();
    const patient = await openChannels({ url, prefix, log, times: { watchdogMs: 10_000 } });
    const done: string[] = [];
    await patient.consume(queue, {
      prefetch: 1,
      handle: async (ticket) => {
        // It looks ten times in its time.
        await sleep(1_500);
        done.push(ticket.id);
      },
    });
    await patient.publish(queue, tickets(2));
    await until("both are handled", () => done.length >= 2);
    await patient.close();
    expect(new Set(done).size).toBe(2);
    expect(told.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("a consumer whose channel is closed while the broker is silent goes on once that connection is gone", async () => {
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    await channels.consume(queue, {
      prefetch: 1,
      handle: async () => {
        calls++;
        if (calls === 1) await gate.promise;
      },
    });
    await channels.publish(queue, tickets(1));
    await until("its handler hangs", () => calls === 1);
    proxy.silence(true);
    await until("it closes its channel", () => lines.some(({ text }) => text.startsWith("a consumer ended")));
    proxy.silence(false);
    gate.resolve();
    await until("its ticket is handled after all", () => calls === 2, 20_000);
  });

  test("what is no ticket is set aside in the dead-letter queue, and the consumer goes on", async () => {
    const got = await consumeAll(channels, queue);
    await atTheBroker(async (channel) => {
      await channel.purgeQueue(`${prefix}dead`);
      for (const text of ["no json", "null", '{"id":1,"key":"k"}', "x".repeat(5_000)]) {
        channel.sendToQueue(prefix + queue, Buffer.from(text));
      }
    });
    await channels.publish(queue, tickets(1));
    await until("the ticket arrived", () => got.length === 1);
    await until("four are set aside", async () => {
      const dead = await atTheBroker((channel) => channel.checkQueue(`${prefix}dead`));
      return dead.messageCount === 4;
    });
  });

  test("a queue that exists with other arguments is refused with its name", async () => {
    await atTheBroker((channel) => channel.assertQueue(prefix + queue, { durable: true }));
    const consuming = channels.consume(queue, { prefetch: 1, handle: async () => {} });
    await expect(consuming).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringContaining(queue),
    });
    await expect(channels.publish(queue, tickets(1))).rejects.toMatchObject({ code: "NAVE_CONFIG_INVALID" });
  });

  test("a queue is a quorum queue with a dead-letter exchange and a delivery limit, and goes when nobody uses it", async () => {
    await channels.publish(queue, tickets(1));
    const same = {
      "x-queue-type": "quorum",
      "x-delivery-limit": 20,
      "x-dead-letter-exchange": `${prefix}dead`,
      "x-expires": 3_600_000,
    };
    await atTheBroker((channel) => channel.assertQueue(prefix + queue, { durable: true, arguments: same }));
  });
});

describe("opening channels", () => {
  test("fails when the broker does not answer, without naming the password", async () => {
    const opening = openChannels({ url: "amqp://hub:geheim@127.0.0.1:1", prefix, log: keptLog().log });
    await expect(opening).rejects.toMatchObject({
      code: "NAVE_HUB_UNAVAILABLE",
      message: expect.not.stringContaining("geheim"),
    });
  });

  test("refuses an address of another kind", async () => {
    const opening = openChannels({ url: "http://127.0.0.1", prefix, log: keptLog().log });
    await expect(opening).rejects.toMatchObject({ code: "NAVE_CONFIG_INVALID" });
  });
});

function isPublished(channels: Channels, queue: string, ticket: Ticket): Promise<boolean> {
  return channels.publish(queue, [ticket]).then(
    () => true,
    () => false,
  );
}

/** AMQP 0-9-1 method frames on channel 0, class 10 (connection), methods 60 and 61: what RabbitMQ sends in a resource alarm. */
function connectionBlocked(reason: string): Buffer {
  return methodFrame(Buffer.from([0, 10, 0, 60, reason.length, ...Buffer.from(reason)]));
}

const CONNECTION_UNBLOCKED = methodFrame(Buffer.from([0, 10, 0, 61]));

function methodFrame(payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}
