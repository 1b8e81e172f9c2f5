import { randomUUID } from "node:crypto";
import { erpHarness } from "../../../adapters/sandbox-erp/tests/harness.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { CallReply, CallRequest } from "../../../src/flows/hub-port.ts";
import { serveFlows } from "../../../src/flows/serve-flows.ts";
import { readCommandByKey } from "../../../src/store/commands.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { insertMessages, readMessage } from "../../../src/store/messages.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "../hub/star.ts";

/** A star with one product in stock, and messages that call operations of its ERP without a flow around them. */
export type CalledStar = Star & {
  productId: string;
  /** A message of its own that calls; `again` is the same message coming again. */
  message(): Promise<Caller>;
  reserved(): Promise<string>;
  command(key: string): ReturnType<typeof readCommandByKey>;
  letters(): ReturnType<typeof listDeadLetters>;
};

export type Caller = {
  id: string;
  call(operation: string, args: JsonObject, rest?: Partial<CallRequest>): Promise<CallReply | undefined>;
  state(): Promise<string | undefined>;
  /** Resolves when the message is to run through its flow again. */
  woken(): Promise<void>;
};

/** Where a message has been when it calls. */
export const CALLED_ON = { nodes: ["in", "call"], copies: [1, 1] };

export async function startCalledStar(store: "embedded" | "postgres"): Promise<CalledStar> {
  let productId = "";
  const star = await startStar({
    store,
    seed: async ({ erp }) => {
      productId = await erp.insert("product", erpHarness.sample("product", 1, {}));
      const stock = erpHarness.sample("stock-level", 1, { product: productId });
      await erp.insert("stock-level", { ...stock, OnHand: "100.000", Reserved: "0.000" });
    },
  });
  await star.quiet();
  const { db } = star.running.hub;
  const port = serveFlows(star.running.hub);
  return Object.assign(star, {
    productId,
    message: async (): Promise<Caller> => {
      const id = await insertMessage(star);
      const state = async () => (await readMessage(db, id))?.state;
      return {
        id,
        call: (operation: string, args: JsonObject, rest: Partial<CallRequest> = {}) =>
          port.call(
            {
              messageId: id,
              system: "erp",
              operation,
              args,
              businessKey: id,
              idempotencyKey: `${id}/node`,
              deadlineMs: 60_000,
              onFailure: "skip",
              ...rest,
            },
            CALLED_ON,
          ),
        state,
        woken: () => until("the message runs again", async () => (await state()) === "accepted"),
      };
    },
    reserved: async () => String((await star.erp.all("stock-level"))[0]?.["Reserved"]),
    command: (key: string) => readCommandByKey(db, "erp", key),
    letters: () => listDeadLetters(db, 20),
  });
}

/** Of an entity that no system here has, so that no flow takes it away. */
async function insertMessage(star: Star): Promise<string> {
  const id = randomUUID();
  const nothing = { system: null, localId: null, observationNumber: null, native: null, fingerprint: null };
  const plain = { lockToken: null, modifiedAt: null, deleted: false, causationId: null, error: null };
  const message = {
    id,
    kind: "rerun",
    entity: "quote",
    canonicalId: id,
    body: {},
    state: "accepted",
  } as const;
  await insertMessages(star.running.hub.db, [{ ...nothing, ...plain, ...message, correlationId: id }], true);
  return id;
}
