import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { AmqpChannels, type AmqpTimes } from "./amqp.ts";
import type { Channels } from "./channel.ts";
import { EmbeddedChannels } from "./embedded.ts";

export type OpenChannelsOptions = {
  /** `amqp://...` or `amqps://...`; without it the channels live in this process. */
  url?: string | undefined;
  /** In front of every queue name at the broker, so that several hubs can share one. */
  prefix: string;
  log: Log;
  times?: Partial<AmqpTimes>;
};

/** Opens the hub's transport; fails when the broker is named and does not answer. */
export async function openChannels(options: OpenChannelsOptions): Promise<Channels> {
  const { url, prefix, log, times } = options;
  if (url === undefined) return new EmbeddedChannels(log);
  if (!/^amqps?:\/\//.test(url) || !URL.canParse(url)) {
    throw new NaveError("NAVE_CONFIG_INVALID", "AMQP_URL is not the address of a message broker", {
      field: "AMQP_URL",
      accepts: "amqp://user:password@host:port/vhost, or nothing for channels within the process",
    });
  }
  const channels = new AmqpChannels({ url, prefix, log, times });
  await channels.open();
  return channels;
}
