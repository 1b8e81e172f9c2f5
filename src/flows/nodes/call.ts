import jsonata from "jsonata";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import { NaveError } from "../../errors.ts";
import type { CallReply, CallRequest } from "../hub-port.ts";
import { naveContext } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import { addressOf, type LiveNode, messageKey, type NodeConfig, type RedMessage } from "../node-red.ts";
import { OnceKeys, onceKey } from "../once-key.ts";

type CallConfig = NodeConfig & {
  system: string;
  operation: string;
  /** JSONata over the message; its result is the arguments. */
  args: string;
  /** Where the business key stands; empty: the record. */
  key: string;
  /** Where the idempotency key stands; empty: message and node. */
  once: string;
  /** Seconds, as the editor keeps them. */
  deadline: number | string;
  onFailure: "block" | "skip";
  /** Property that the reply is put into. */
  to: string;
};

const OUTPUTS: readonly CallReply["kind"][] = ["done", "refused", "timed-out"];

/** Calls an operation of a system, with a reply: information and commands both pass. */
export default function register(RED: NodeApi): void {
  const { suggestions } = RED.settings.nave;
  RED.nodes.registerType(
    "call",
    function call(this: LiveNode, config: CallConfig) {
      RED.nodes.createNode(this, config);
      const args = jsonata(config.args || "payload");
      const keys = new OnceKeys();

      const textAt = (message: RedMessage, path: string, what: string): string => {
        const value: unknown = RED.util.getMessageProperty(message, path);
        if (typeof value === "string" && value !== "" && value.length <= 200) return value;
        throw new NaveError("NAVE_CONFIG_INVALID", `msg.${path} holds no ${what}`, {
          accepts: "the path of a text of up to 200 characters",
        });
      };
      const requestOf = async (message: RedMessage): Promise<CallRequest> => {
        const { messageId, canonicalId, system, localId } = naveContext(message);
        const record = canonicalId ?? (localId === undefined ? messageId : `${system}/${localId}`);
        const given = argumentsOf(await args.evaluate(message));
        const idempotencyKey = config.once
          ? textAt(message, config.once, "idempotency key")
          : onceKey(messageId, addressOf(this), message);
        keys.check(messageKey(message) ?? messageId, idempotencyKey, given);
        return {
          messageId,
          system: config.system,
          operation: config.operation,
          args: given,
          businessKey: config.key ? textAt(message, config.key, "business key") : record,
          idempotencyKey,
          deadlineMs: (Number(config.deadline) || 3600) * 1000,
          onFailure: config.onFailure === "block" ? "block" : "skip",
        };
      };
      const replied = (message: RedMessage, reply: CallReply): (RedMessage | null)[] => {
        const output = OUTPUTS.indexOf(reply.kind);
        if (reply.kind !== "done" && (this.wires[output] ?? []).length === 0) throw unheard(config, reply);
        const { kind: _, ...told } = reply;
        const value = reply.kind === "done" ? reply.result : told;
        RED.util.setMessageProperty(message, config.to || "reply", value, true);
        return OUTPUTS.map((_kind, index) => (index === output ? message : null));
      };

      this.on("input", async (message, send, done) => {
        try {
          const reply = await RED.settings.nave.call(message, await requestOf(message));
          if (reply !== undefined) send(replied(message, reply));
          done();
        } catch (error) {
          done(error);
        }
      });
    },
    { settings: { callOperations: { value: [...suggestions.operations], exportable: true } } },
  );
}

function argumentsOf(value: unknown): JsonObject {
  const plain: unknown = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  if (typeof plain === "object" && plain !== null && !Array.isArray(plain)) return plain as JsonObject;
  throw new NaveError("NAVE_RECORD_INVALID", "the expression for the arguments gives no object", {
    field: "args",
    value: JSON.stringify(plain),
    accepts: 'an expression such as { "orderId": localId }',
  });
}

/** Nothing ends in silence: what no wire leads on from fails the message. */
function unheard(config: CallConfig, reply: Exclude<CallReply, { kind: "done" }>): NaveError {
  const what = `${config.operation} of ${config.system}`;
  if (reply.kind === "refused") {
    const { text, kind: _, ...detail } = reply;
    return new NaveError("NAVE_RECORD_REFUSED", `${what} was refused: ${text}`, detail);
  }
  const { text, retryAfterMs } = reply;
  return retryAfterMs === undefined
    ? new NaveError("NAVE_COMMAND_TIMED_OUT", `${what} was not done: ${text}`)
    : new NaveError("NAVE_SYSTEM_UNAVAILABLE", `${what} brought no answer: ${text}`, { retryAfterMs });
}
