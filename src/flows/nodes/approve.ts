import { readCandidates } from "../../access/candidates.ts";
import { NaveError } from "../../errors.ts";
import { fillIn } from "../fill-in.ts";
import { keepMessage } from "../kept-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";
import { readApproval } from "../waits/approval-settings.ts";
import { keyFrom } from "../waits/expression.ts";

const LONGEST_QUESTION = 2000;

/** Asks people, and goes on with what they decide, or that nobody has in time. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("approve", function approve(this: LiveNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const { mode, form, ...settings } = readApproval(config);
    const { nave } = RED.settings;
    this.on("close", nave.addWaiter({ node: this, outputs: 3 }));

    const handOver = async (message: RedMessage): Promise<void> => {
      const filled = (text: string): string =>
        fillIn(text, (path) => RED.util.getMessageProperty(message, path));
      const { dueIn, escalation } = settings;
      await nave.wait(this, message, settings.key && (await keyFrom(settings.key, message)), {
        kind: "approve",
        question: questionOf(filled(settings.question)),
        candidates: readCandidates(filled(settings.candidates)),
        mode,
        ...(dueIn && { due: await dueIn(message) }),
        ...(escalation && {
          escalation: {
            candidates: readCandidates(filled(escalation.candidates)),
            due: await escalation.dueIn(message),
          },
        }),
        ...(form && { form }),
        message: keepMessage(message),
      });
    };
    this.on("input", async (message, _send, done) => {
      try {
        await handOver(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}

function questionOf(text: string): string {
  if (text.length <= LONGEST_QUESTION) return text;
  throw new NaveError("NAVE_RECORD_INVALID", `the question has ${text.length} characters`, {
    field: "question",
    accepts: `at most ${LONGEST_QUESTION} characters`,
  });
}
