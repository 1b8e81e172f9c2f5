import type { Json } from "../../adapter-kit/contract.ts";
import { fillIn } from "../fill-in.ts";
import type { NotifyRequest } from "../hub-port.ts";
import { naveContext } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import { addressOf, type LiveNode, messageKey, type NodeConfig, type RedMessage } from "../node-red.ts";
import { OnceKeys, onceKey } from "../once-key.ts";

type NotifyConfig = NodeConfig & {
  way: NotifyRequest["way"];
  /** Addresses, names of hooks, or who is to look at it; several with commas. May hold values of the message. */
  to: string;
  subject: string;
  /** Text of a mail, or on the page. */
  text: string;
  /** Where the content of a web hook stands. */
  content: string;
};

/** Tells people or programs something, once for each message. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("notify", function notify(this: LiveNode, config: NotifyConfig) {
    RED.nodes.createNode(this, config);
    const keys = new OnceKeys();
    const requestOf = (message: RedMessage): NotifyRequest => {
      const { messageId } = naveContext(message);
      const filled = (text: string): string =>
        fillIn(text, (path) => RED.util.getMessageProperty(message, path));
      const isHook = config.way === "hook";
      const content: unknown = RED.util.getMessageProperty(message, config.content || "payload");
      const told = {
        way: config.way,
        to: filled(config.to)
          .split(",")
          .map((one) => one.trim())
          .filter((one) => one !== ""),
        subject: filled(config.subject),
        body: isHook ? (JSON.parse(JSON.stringify(content ?? null)) as Json) : filled(config.text ?? ""),
      };
      const key = onceKey(messageId, addressOf(this), message);
      keys.check(messageKey(message) ?? messageId, key, told);
      return { messageId, onceKey: key, ...told };
    };
    this.on("input", async (message, send, done) => {
      try {
        await RED.settings.nave.hub.notify(requestOf(message));
        send(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
