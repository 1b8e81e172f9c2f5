import type { Duplex } from "node:stream";
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 5_000;
/** Twice as long without one, and the broker hands a stopped process's tickets to others. */
const HEARTBEAT_SECONDS = 5;

export type AmqpConnectionOptions = { url: string; purpose: string; log: Log };

/** One connection to the broker, made anew by whoever asks for it after a loss. */
export class AmqpConnection {
  readonly #options: AmqpConnectionOptions;
  #model: Promise<ChannelModel> | undefined;
  #closed = false;

  constructor(options: AmqpConnectionOptions) {
    this.#options = options;
  }

  /** Where the broker is, for a connection beside this one. */
  get url(): string {
    return addressOf(this.#options.url);
  }

  /** The live connection, or one attempt to have it; rejects with NAVE_HUB_UNAVAILABLE. */
  async model(): Promise<ChannelModel> {
    if (this.#closed) throw new NaveError("NAVE_HUB_UNAVAILABLE", "the channels are closed");
    this.#model ??= this.#connect();
    return this.#model;
  }

  async openChannel(): Promise<Channel> {
    return heard(await (await this.model()).createChannel());
  }

  async openConfirmChannel(): Promise<ConfirmChannel> {
    return heard(await (await this.model()).createConfirmChannel());
  }

  /** Runs `work` on a channel of its own: an error there closes the channel, and no other's work with it. */
  async onOwnChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.openChannel();
    try {
      return await work(channel);
    } finally {
      await closeChannel(channel);
    }
  }

  /** Cuts the connection without a word: all that waits on it is rejected at once. */
  async cut(reason: string): Promise<void> {
    const model = await this.#model?.catch(() => undefined);
    socketOf(model)?.destroy(new Error(reason));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const model = await this.#model?.catch(() => undefined);
    if (model === undefined) return;
    const gone = new Promise<void>((resolve) => model.once("close", () => resolve()));
    const timer = setTimeout(
      () => void this.cut("the broker did not confirm the end of the connection"),
      CLOSE_TIMEOUT_MS,
    );
    model.close().catch(() => undefined);
    await gone;
    clearTimeout(timer);
  }

  async #connect(): Promise<ChannelModel> {
    const { purpose, log } = this.#options;
    try {
      const model = await connect(addressOf(this.#options.url), {
        timeout: CONNECT_TIMEOUT_MS,
        noDelay: true,
        keepAlive: true,
        clientProperties: { connection_name: `nave ${purpose}` },
      });
      // Always followed by "close"; unheard, it would end the process.
      model.on("error", (error) => log.warn({ err: error, purpose }, "the connection to the broker failed"));
      model.on("close", () => (this.#model = undefined));
      gatherWrites(socketOf(model));
      return model;
    } catch (error) {
      this.#model = undefined;
      throw new NaveError("NAVE_HUB_UNAVAILABLE", `the broker did not answer: ${textOf(error)}`, {}, error);
    }
  }
}

function socketOf(model: ChannelModel | undefined): Duplex | undefined {
  return (model?.connection as { stream?: Duplex } | undefined)?.stream;
}

/** What is written at one go leaves in one system call: amqplib makes one of each ticket and each acknowledgement. */
function gatherWrites(socket: Duplex | undefined): void {
  if (!socket) return;
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  socket.write = (...given: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...given);
  };
}

/** Closing waits for the broker's answer, which never comes over a connection that is gone: then the event tells. */
export async function closeChannel(channel: Channel): Promise<void> {
  const gone = new Promise<void>((resolve) => channel.once("close", resolve));
  // Rejects when the channel is closed already.
  await Promise.race([channel.close().catch(() => undefined), gone]);
}

/** An error on a channel also rejects the call that caused it and closes the channel; as an event it must only be heard. */
function heard<C extends Channel>(channel: C): C {
  channel.on("error", () => undefined);
  channel.setMaxListeners(0);
  return channel;
}

function addressOf(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has("heartbeat"))
    address.searchParams.set("heartbeat", String(HEARTBEAT_SECONDS));
  return address.href;
}

function textOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === "" ? String(code) : message;
}
