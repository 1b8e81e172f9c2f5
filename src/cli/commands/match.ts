import type { Command } from "commander";
import type { IdentityMerge } from "../../store/identity-merges.ts";
import type { Review } from "../../store/match-keys.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

type Merge = Omit<IdentityMerge<unknown>, "before">;

export function matchCommands(program: Command): void {
  const match = program
    .command("match")
    .description("records that may be the same: decide, merge and un-merge");
  match
    .command("list", { isDefault: true })
    .description("doubtful matches that wait for a decision")
    .addHelpText("after", "\nExample:\n  nave match list")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).get<{ reviews: Review[] }>("/api/reviews");
      const rows = answer.reviews.map((one) => [
        one.id,
        one.entity,
        `${one.system}/${one.localId}`,
        one.candidateId,
        one.score,
        one.reasons.join(", "),
      ]);
      session.answer(
        answer,
        rows.length === 0
          ? ["no doubtful matches"]
          : table(["id", "entity", "record", "perhaps the same as", "score", "why"], rows),
      );
    });
  for (const decision of ["same", "different"] as const) {
    match
      .command(`${decision} <id>`)
      .description(
        decision === "same"
          ? "they are one: the record is linked or merged"
          : "they are two: the record becomes one of its own",
      )
      .addHelpText("after", `\nExample:\n  nave match ${decision} 0198c0de-0000-7000-8000-000000000000`)
      .action(async (id: string, _options, command: Command) => {
        const session = openSession(command);
        const answer = await (await session.hub()).post<{ id: string }>(
          `/api/reviews/${encodeURIComponent(id)}`,
          { decision },
        );
        session.answer(answer, [`review ${answer.id}: ${decision}`]);
      });
  }
  addMerging(match);
}

function addMerging(match: Command): void {
  match
    .command("merges")
    .description("merges that can be undone")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).get<{ merges: Merge[] }>("/api/identity-merges");
      const rows = answer.merges.map((one) => [
        one.id,
        one.entity,
        one.survivorId,
        one.absorbedId,
        one.mergedBy,
      ]);
      session.answer(
        answer,
        rows.length === 0 ? ["no merges"] : table(["id", "entity", "survivor", "absorbed", "by"], rows),
      );
    });
  match
    .command("merge <entity> <survivor> <absorbed>")
    .description("make two records of the hub one, by their canonical ids (nave trace shows them)")
    .addHelpText(
      "after",
      "\nExample:\n  nave match merge customer 0198c0de-0000-7000-8000-000000000001 0198c0de-0000-7000-8000-000000000002",
    )
    .action(async (entity: string, survivorId: string, absorbedId: string, _options, command: Command) => {
      const session = openSession(command);
      const answer = await (await session.hub()).post<{ mergeId: string }>("/api/identity-merges", {
        entity,
        survivorId,
        absorbedId,
      });
      session.answer(answer, [`merged; undo it with: nave match unmerge ${answer.mergeId}`]);
    });
  match
    .command("unmerge <merge>")
    .description("undo a merge: references, wishes and fields are restored")
    .action(async (mergeId: string, _options, command: Command) => {
      const session = openSession(command);
      await (await session.hub()).delete(`/api/identity-merges/${encodeURIComponent(mergeId)}`);
      session.answer({ mergeId, undone: true }, [`merge ${mergeId} undone`]);
    });
}
