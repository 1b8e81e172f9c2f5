import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { decideApproval } from "../../../src/flows/waits/decide-approval.ts";
import { until } from "../../services/until.ts";
import type { Star } from "./star.ts";

/** Who has been told something whose subject is like this, in the order of their names. */
export async function told({ running }: Pick<Star, "running">, subjectLike: string): Promise<string[]> {
  const rows = await running.hub.db.query<{ recipient: string }>(
    "select recipient from nave.notification where subject like $1 order by recipient",
    [subjectLike],
  );
  return rows.map(({ recipient }) => recipient);
}

/** As if the time had passed that deadlines leave, and questions where they are meant too. */
export async function timePasses(
  { running }: Pick<Star, "running">,
  kinds: readonly ("deadline" | "approve")[] = ["deadline", "approve"],
): Promise<void> {
  await running.hub.db.query(
    "update nave.wait set due_at = now() where state = 'open' and kind = any($1::text[])",
    [kinds],
  );
}

/** The open questions that are like this. */
export async function questions({ running }: Pick<Star, "running">, questionLike: string): Promise<string[]> {
  const rows = await running.hub.db.query<{ id: string }>(
    "select id from nave.wait where kind = 'approve' and state = 'open' and data->>'question' like $1",
    [questionLike],
  );
  return rows.map(({ id }) => id);
}

/** Waits until a question like this is open, and answers it as an operator. */
export async function answer(
  star: Pick<Star, "running">,
  questionLike: string,
  decision: "approved" | "rejected",
  values: JsonObject = {},
  comment?: string,
): Promise<void> {
  let id: string | undefined;
  await until(`somebody is asked ${questionLike}`, async () => {
    [id] = await questions(star, questionLike);
    return id !== undefined;
  });
  const given = { decision, values, ...(comment === undefined ? {} : { comment }) };
  const { notTaken } = await decideApproval(
    star.running.hub,
    id ?? "",
    { name: "olga", role: "operator" },
    given,
  );
  if (notTaken !== undefined) throw new Error(`the answer is not taken: ${notTaken}`);
}
