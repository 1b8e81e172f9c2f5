import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor, Role } from "../../../src/access/accounts.ts";
import type { ApproveRequest } from "../../../src/flows/hub-port.ts";
import { decideApproval } from "../../../src/flows/waits/decide-approval.ts";
import { endDueWaits } from "../../../src/flows/waits/end-due.ts";
import { handOver } from "../../../src/flows/waits/hand-over.ts";
import { listApprovals } from "../../../src/store/approvals.ts";
import { selectStory } from "../../../src/store/hops.ts";
import { openTwoWorkers, type TwoWorkers } from "./two-workers.ts";

const PLACE = { flow: "orders", flowVersion: "v1", node: "n1" };
const WHERE = "approve (n1) in flow orders";
const FORM = { properties: { limit: { type: "number" as const } }, required: ["limit"] };
const DAY_MS = 86_400_000;

const person = (name: string, role: Role = "operator"): Actor => ({ name, role });
const [kim, lee, mia, ada] = [person("kim"), person("lee"), person("mia", "viewer"), person("ada", "admin")];
const yes = { decision: "approved" as const, values: {} };
const no = { decision: "rejected" as const, values: {}, comment: "too much" };

describe.each(["embedded", "postgres"] as const)("on %s, a question", (engine) => {
  let two: TwoWorkers;
  beforeAll(async () => {
    two = await openTwoWorkers(engine);
  });
  afterAll(() => two?.close());
  beforeEach(async () => {
    await two.forget();
    for (const { name, role } of [kim, lee, mia, ada])
      await two.db.query("insert into nave.account (name, role, password_hash) values ($1, $2, '')", [
        name,
        role,
      ]);
  });

  function asking(messageId: string, rest: Partial<ApproveRequest> = {}): ApproveRequest {
    return {
      kind: "approve",
      messageId,
      part: "",
      place: PLACE,
      where: WHERE,
      key: messageId,
      question: "Deliver?",
      candidates: ["kim", "lee"],
      mode: "any",
      message: { payload: { of: messageId }, nave: { messageId, entity: "order" } },
      ...rest,
    };
  }
  async function ask(rest: Partial<ApproveRequest> = {}, messageId?: string): Promise<string> {
    const request = asking(messageId ?? (await two.message()), rest);
    for (const result of await handOver(two.workers[0], [request]))
      if (result.status === "rejected") throw result.reason;
    const [row] = await two.db.query<{ id: string }>(
      "select id from nave.wait where key = $1 and state = 'open'",
      [request.key],
    );
    return row?.id ?? "";
  }
  const decide = (id: string, actor: Actor, answer: Parameters<typeof decideApproval>[3] = yes, worker = 0) =>
    decideApproval(two.workers[worker] ?? two.workers[0], id, actor, answer);
  const outcomes = async () => (await two.resumed()).map(({ body }) => body["approval"]);

  test("goes on with the first answer, once: who decided, when and what was filled in is in the message and in the story", async () => {
    const message = await two.message();
    const id = await ask({ form: FORM }, message);
    await decide(id, lee, { ...yes, values: { limit: 500 }, comment: "good payer" });
    const [one, ...others] = await two.resumed();
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      output: 0,
      entity: "order",
      canonical_id: message,
      causation_id: message,
      body: {
        payload: { of: message },
        nave: { entity: "order", waited: { kind: "approve", key: message } },
        approval: { id, outcome: "approved", by: "lee", candidate: "lee", values: { limit: 500 } },
      },
    });
    const story = await selectStory(two.db, [{ entity: "order", canonicalId: message }], [], 100);
    expect(story.map(({ step, text }) => `${step}: ${text}`)).toEqual([
      `waiting: asks kim or lee at ${WHERE}: Deliver?`,
      `person: lee: approved at ${WHERE}`,
      `resumed: goes on at ${WHERE}: approved by lee`,
    ]);
    expect(story[1]?.after).toMatchObject({ values: { limit: 500 }, comment: "good payer" });
    expect(await two.db.query("select actor, action, detail->'values' as values from nave.audit")).toEqual([
      { actor: "lee", action: "approval approved", values: { limit: 500 } },
    ]);
  });

  test("leaves the second output when it is rejected, with nothing required then", async () => {
    await decide(await ask({ form: FORM }), kim, no);
    expect(await two.resumed()).toMatchObject([
      { output: 1, body: { approval: { outcome: "rejected", by: "kim", comment: "too much" } } },
    ]);
  });

  test("takes one of two answers that come at the same moment, in two workers; the other is told who was first", async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await ask();
      const results = await Promise.all([decide(id, kim, yes, 0), decide(id, lee, no, 1)]);
      expect(results.filter(({ notTaken }) => notTaken === "is-over")).toHaveLength(1);
    }
    expect(await two.resumed()).toHaveLength(10);
  });

  test("takes an answer once that comes twice", async () => {
    const id = await ask();
    await decide(id, kim);
    expect(await decide(id, kim)).toMatchObject({ notTaken: "is-over" });
    expect(await two.resumed()).toHaveLength(1);
  });

  test("is not taken from who is not asked; an admin decides in place of those who are, and the record says so", async () => {
    const id = await ask({ candidates: ["kim", "role:operator"] });
    expect(await decide(id, mia)).toMatchObject({ notTaken: "no-candidate" });
    await decide(id, ada);
    expect(await outcomes()).toMatchObject([{ by: "ada", candidate: null }]);
  });

  test("to all goes on when all have approved, each once; whoever answers for a role, another has to for the next", async () => {
    const id = await ask({ mode: "all", candidates: ["kim", "role:operator", "role:viewer"] });
    await decide(id, kim);
    expect(await decide(id, kim)).toMatchObject({ notTaken: "has-decided" });
    await decide(id, lee);
    expect(await decide(id, person("joe"))).toMatchObject({ notTaken: "is-answered" });
    expect(await two.resumed()).toEqual([]);
    await decide(id, mia);
    expect(await outcomes()).toMatchObject([
      {
        outcome: "approved",
        decisions: [
          { by: "kim", candidate: "kim" },
          { by: "lee", candidate: "role:operator" },
          { by: "mia", candidate: "role:viewer" },
        ],
      },
    ]);
  });

  test("to all ends with the first who rejects", async () => {
    const id = await ask({ mode: "all" });
    await decide(id, kim, no);
    expect(await decide(id, lee)).toMatchObject({ notTaken: "is-over" });
    expect(await outcomes()).toMatchObject([{ outcome: "rejected" }]);
  });

  test("that nobody answers expires by the third output, once, whoever looks", async () => {
    await ask({ due: { afterMs: DAY_MS } });
    await Promise.all(two.workers.map((worker) => endDueWaits(worker, [])));
    expect(await two.resumed()).toEqual([]);
    await two.fallDue();
    await Promise.all(two.workers.map((worker) => endDueWaits(worker, [])));
    expect(await two.resumed()).toMatchObject([
      { output: 2, body: { approval: { outcome: "expired", decisions: [] } } },
    ]);
  });

  test("escalates at its deadline: others are asked, with a deadline of their own, and then it expires", async () => {
    const id = await ask({
      due: { afterMs: DAY_MS },
      escalation: { candidates: ["role:viewer"], due: { afterMs: 2 * DAY_MS } },
    });
    await two.fallDue();
    expect(await decide(id, kim)).toMatchObject({ notTaken: "is-overdue" });
    await Promise.all(two.workers.map((worker) => endDueWaits(worker, [])));
    expect(await two.resumed()).toEqual([]);
    const [{ due_at: due } = { due_at: new Date(0) }] = await two.db.query<{ due_at: Date }>(
      "select due_at from nave.wait",
    );
    expect(Math.round((due.getTime() - Date.now()) / DAY_MS)).toBe(2);
    expect(await decide(id, kim)).toMatchObject({ notTaken: "no-candidate" });
    await two.fallDue();
    await endDueWaits(two.workers[0], []);
    expect(await outcomes()).toMatchObject([{ outcome: "expired" }]);
  });

  test("that has escalated is decided by those who are asked then", async () => {
    const id = await ask({
      mode: "all",
      due: { at: new Date(0) },
      escalation: { candidates: ["role:viewer"], due: { at: new Date("2100-01-01T00:00:00Z") } },
    });
    await endDueWaits(two.workers[1], []);
    await decide(id, mia);
    expect(await outcomes()).toMatchObject([{ outcome: "approved", by: "mia", decisions: [{ stage: 1 }] }]);
  });

  test("expires or is decided, never both", async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await ask({ due: { afterMs: round } });
      const ending = (async () => {
        for (let looks = 0; looks < 5; looks += 1) await endDueWaits(two.workers[0], []);
      })();
      await Promise.all([ending, decide(id, kim, yes, 1)]);
    }
    await two.fallDue();
    await endDueWaits(two.workers[0], []);
    expect(await two.resumed()).toHaveLength(10);
    expect(await two.db.query("select 1 from nave.wait where state = 'open'")).toEqual([]);
  });

  test("is asked once, however often its message comes, also when it is decided by then", async () => {
    const message = await two.message();
    const id = await ask({}, message);
    await ask({}, message);
    await decide(id, kim);
    await ask({}, message);
    expect(await two.db.query("select state from nave.wait")).toEqual([{ state: "done" }]);
  });

  test("under a key is withdrawn by another one, and stands when the same is asked again", async () => {
    const first = await ask({ key: "order 1", mode: "all" });
    await decide(first, kim);
    const same = { key: "order 1", mode: "all" as const };
    const [kept] = await two.db.query<{ message: ApproveRequest["message"] }>(
      "select data->'message' as message from nave.wait",
    );
    expect(await ask({ ...same, ...kept })).toBe(first);
    const second = await ask({ ...same, question: "Deliver 300?" });
    expect(second).not.toBe(first);
    expect(await decide(first, lee)).toMatchObject({
      notTaken: "is-over",
      approval: { data: { outcome: "withdrawn" } },
    });
    expect(await two.resumed()).toEqual([]);
    await decide(second, kim);
    await decide(second, lee);
    expect(await two.resumed()).toHaveLength(1);
  });

  test("to an account that does not exist is not asked; the others of its group are", async () => {
    const requests = [await two.message(), await two.message()].map((id) => asking(id));
    const [wrong, right] = requests;
    if (!wrong || !right) throw new Error("no requests");
    const results = await handOver(two.workers[0], [{ ...wrong, candidates: ["kim", "nobody"] }, right]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(results[0]).toMatchObject({
      reason: { code: "NAVE_CONFIG_INVALID", message: "there is no account nobody, who is to decide" },
    });
  });

  test.each([
    [{}, "values.limit", "a value"],
    [{ limit: "500" }, "values.limit", "number"],
    [{ limit: 1, more: 2 }, "values.more", "the fields of the form"],
  ])("takes no values %j: it says what it accepts, and stays open", async (values, field, accepts) => {
    const id = await ask({ form: FORM });
    await expect(decide(id, kim, { ...yes, values })).rejects.toMatchObject({
      code: "NAVE_REQUEST_INVALID",
      detail: { field, accepts },
    });
    expect(await two.resumed()).toEqual([]);
    await decide(id, kim, { ...yes, values: { limit: 1 } });
  });

  test("is listed for those it asks and those who have answered, newest first, in pages", async () => {
    const first = await ask({ candidates: ["kim"] });
    const second = await ask({ candidates: ["lee"] });
    const third = await ask({ candidates: ["role:operator"] });
    const ids = async (filter: Parameters<typeof listApprovals>[1], limit = 10) =>
      (await listApprovals(two.db, filter, limit)).map(({ id }) => id);
    expect(await ids({ isOpen: true })).toEqual([third, second, first]);
    expect(await ids({ candidates: ["kim", "role:operator"], by: "kim" })).toEqual([third, first]);
    expect(await ids({}, 2)).toEqual([third, second]);
    expect(await ids({ after: second })).toEqual([first]);
    await decide(first, ada);
    expect(await ids({ isOpen: true })).toEqual([third, second]);
    expect(await ids({ candidates: ["role:admin"], by: "ada" })).toEqual([first]);
  });
});
