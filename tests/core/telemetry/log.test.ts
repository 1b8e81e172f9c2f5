import { afterAll, beforeAll, expect, test } from "vitest";
import { trace } from "../../../src/telemetry/trace.ts";
import { drawBetween, drawFlow, functionNode, writeFlows } from "../../flows/draw.ts";
import { keptLog } from "../../services/kept-log.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "../hub/star.ts";

const { log, lines } = keptLog();
let star: Star;

/** A flow that complains and tells a hook that is not there, and one that throws; both want the records in the ERP. */
beforeAll(async () => {
  const { flowsDir } = await writeFlows({
    customer: drawBetween("customer", {
      grumble: functionNode("node.warn('grumbled'); return msg;", ["tell"]),
      tell: {
        type: "notify",
        way: "hook",
        to: "gone",
        subject: "{{payload.name}}",
        text: "",
        content: "payload",
        wire: ["out"],
      },
    }),
    product: drawFlow("product", {
      in: { type: "record in", entity: "product", kind: "observed", system: "", wire: ["throw"] },
      throw: functionNode("throw new Error('refused by the flow');", ["out"]),
      out: { type: "record out", to: "all", system: "" },
    }),
  });
  star = await startStar({
    store: "postgres",
    log,
    hub: { flowsDir, maxAttempts: 2 },
    notifications: { hooks: { gone: { url: "http://127.0.0.1:1/", secret: "nobody-hears-it" } } },
  });
});
afterAll(() => star?.close());

const MESSAGE_FIELDS = ["messageId", "canonicalId", "command", "notification", "wait", "waitId"];

test("every line about a message carries the correlation id of its story", async () => {
  await star.crm.seed("customer", [{ displayName: "Logged", customerNumber: "L-1" }]);
  await star.quiet();
  await star.erp.misbehave({ brokenNext: 3 });
  const { channels } = star.running.hub;
  const { publish } = channels;
  channels.publish = async (queue, tickets) => {
    channels.publish = publish;
    throw new Error(`no broker for ${tickets.length} tickets of ${queue}`);
  };
  await star.crm.seed("customer", [{ displayName: "Logged too", customerNumber: "L-2" }]);
  await star.crm.seed("product", [{ title: "Thing", sku: "L-3" }]);
  const said = (text: string) => lines.filter((line) => line.text.includes(text));
  for (const text of ["grumbled", "refused by the flow", "not notified", "not published"])
    await until(`the log says: ${text}`, () => said(text).length > 0);
  const about = lines.filter(({ fields }) => MESSAGE_FIELDS.some((name) => name in fields));
  expect(about.length).toBeGreaterThanOrEqual(3);
  for (const { text, fields } of about) {
    const correlationId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect({ text, fields }).toMatchObject({ fields: { correlationId } });
    const story = await trace(star.running.hub, String(fields["correlationId"]));
    expect({ text, hops: story.hops }).not.toMatchObject({ hops: [] });
  }
  expect(said("not published")[0]?.fields["correlationIds"]).toHaveLength(1);
  expect(said("grumbled")[0]?.fields).toMatchObject({ messageId: expect.any(String) });
});
