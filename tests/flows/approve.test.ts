import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApproveRequest } from "../../src/flows/hub-port.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
hub.systems = ["erp"];
let flows: FlowRuntime;

const FORM = { properties: { limit: { type: "number" } } };
const approving = {
  type: "approve",
  question: "Credit for {{payload.name}}?",
  candidates: "{{payload.owner}}, role:operator",
  mode: "all",
  due: "2 h",
  dueType: "duration",
  escalateTo: "role:admin",
  escalateDue: "payload.until",
  escalateDueType: "expression",
  form: JSON.stringify(FORM),
  wire: ["record", "no", "nobody"],
};
const record = functionNode("msg.payload = { name: msg.approval.by }; return msg;", ["out"]);
const rejecting = { type: "reject", reason: "{{approval.outcome}} {{approval.comment}}", owner: "sales" };

beforeAll(async () => {
  const dirs = await writeFlows({
    credit: drawBetween("credit", { ask: approving, record, no: rejecting, nobody: rejecting }),
    keyed: drawBetween("keyed", {
      ask: { ...approving, due: "", escalateTo: "", form: "", key: "payload.name" },
      record,
      no: rejecting,
      nobody: rejecting,
    }),
    copies: drawBetween("copies", {
      two: functionNode("return [[1, 2].map(() => ({ payload: msg.payload, nave: msg.nave }))];", ["ask"]),
      ask: { ...approving, due: "", escalateTo: "" },
      record,
      no: rejecting,
      nobody: rejecting,
    }),
    loose: drawBetween("loose", { ask: { ...approving, wire: ["out"] } }),
    endless: drawBetween("endless", {
      ask: { ...approving, due: "", escalateTo: "", wire: ["out", "no"] },
      no: rejecting,
    }),
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog(), timeoutMs: 3000 });
});
afterAll(() => flows.stop());

async function send(entity: string, body: Record<string, string>): Promise<string> {
  const id = hub.observed(entity, body);
  await flows.accept(id);
  return id;
}
const asked = (messageId: string): ApproveRequest[] =>
  [...hub.waits.values()].flatMap((one) =>
    one.kind === "approve" && one.messageId === messageId ? [one] : [],
  );

test("a message is handed over with the question, those asked and the deadlines, and settled after that", async () => {
  const id = await send("credit", { name: "Ada", owner: "kim", until: "2026-12-01T08:00:00Z" });
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(asked(id)).toMatchObject([
    {
      key: id,
      question: "Credit for Ada?",
      candidates: ["kim", "role:operator"],
      mode: "all",
      due: { afterMs: 7_200_000 },
      escalation: { candidates: ["role:admin"], due: { at: new Date("2026-12-01T08:00:00Z") } },
      form: FORM,
      message: { payload: { name: "Ada" }, nave: { messageId: id } },
    },
  ]);
});

test.each([
  [0, "approved", []],
  [1, "rejected", [{ text: "rejected too much", owner: "sales" }]],
  [2, "expired", [{ text: "expired too much", owner: "sales" }]],
])("output %i is for what is %s", async (output, outcome, rejections) => {
  const cause = await send("credit", { name: "Bo", owner: "kim", until: "1 d" });
  const [request] = asked(cause);
  if (!request) throw new Error("not asked");
  const approval = { outcome, by: "kim", comment: "too much" };
  const id = hub.goesOn(request, output, { ...request.message, approval });
  await flows.resume(id);
  expect(hub.fate(id).rejections).toEqual(rejections);
  expect(hub.wishes.get(`erp/id-${cause}`)?.body).toEqual(output === 0 ? { name: "kim" } : undefined);
});

test("copies of one message are questions of their own; under a key they are one", async () => {
  const copies = asked(await send("copies", { name: "Cy", owner: "kim" }));
  expect(new Set(copies.map(({ key }) => key)).size).toBe(2);
  const [keyed] = asked(await send("keyed", { name: "Cy", owner: "kim" }));
  expect(keyed).toMatchObject({ key: "Cy" });
  expect(keyed).not.toHaveProperty("due");
  expect(keyed).not.toHaveProperty("form");
});

test.each([
  ["nobody to ask", { name: "Di", until: "1 d" }, 'has "?" as candidate'],
  ["no deadline where it should stand", { name: "Di", owner: "kim" }, "does not say when it is due"],
])("with %s the message fails and says so", async (_case, body, text) => {
  const id = await send("credit", body);
  expect(hub.fate(id)).toMatchObject({
    settled: 0,
    failures: [{ text: expect.stringContaining(text) as string, where: { node: "credit.ask" } }],
  });
});

test("a flow that leads what is rejected, or expires, nowhere is refused", () => {
  const state = (name: string) => flows.versions().find((flow) => flow.name === name);
  expect(state("loose")).toMatchObject({ state: "refused" });
  expect(state("loose")?.problems.join()).toContain("sends what is rejected nowhere");
  expect(state("endless")).toMatchObject({ state: "live", problems: [] });
});
