import type { SystemName } from "./entry.ts";
import type { Move } from "./history.ts";

/**
 * `told`: what the hub had brought was before somebody's eyes, whether the hub could know of that or not. `seen`: only what the
 * hub has seen to be there; of a write whose answer was lost nobody can tell else whether an edit came before it or after.
 */
export type Basis = "told" | "seen";

/** What is seen is on record so much later. */
const RECORDED_WITHIN_MS = 1500;

/** Whether a write of the hub's is known to have been there before an edit. */
export function wasThere(
  written: { at: number; seenAt: number },
  edit: { at: number; time: string },
  by: Basis,
) {
  const isSeen = written.seenAt < Date.parse(edit.time) + RECORDED_WITHIN_MS;
  return written.at < edit.at && (by === "told" || isSeen);
}

/**
 * Whether whoever made the second edit had the first one before his eyes: it was made at the same screen before, or the hub
 * had written its value there before. What the hub brings is known with all that it rests on.
 */
export function knew(moves: readonly Move[], first: Move, second: Move, by: Basis): boolean {
  if (first.system === second.system) return first.at <= second.at;
  const brought = moves.filter(
    (one) => one.system === second.system && !one.byPeople && wasThere(one, second, by),
  );
  const values = new Set(brought.map(({ to }) => to));
  return moves.some(
    (one) => one.byPeople && one.system === first.system && one.at >= first.at && values.has(one.to),
  );
}

/** Of the systems' latest edits by people, those that nobody has superseded knowingly: one, or two that are at odds. */
export function standingEdits(moves: readonly Move[], by: Basis): Move[] {
  const byPeople = moves.filter((one) => one.byPeople);
  const latest = (["crm", "erp"] as const).flatMap((system: SystemName) => {
    const own = byPeople.filter((one) => one.system === system).at(-1);
    return own ? [own] : [];
  });
  return latest.filter((one) => !latest.some((other) => other !== one && knew(moves, one, other, by)));
}

/** An edit by people over which the hub has written the value of another edit. */
export type Overruling = { edit: Move; by: Move | undefined; written: Move };

/** Every such edit of one field. `by` is absent where the hub wrote what nobody had entered. */
export function overrulings(moves: readonly Move[]): Overruling[] {
  const byPeople = moves.filter((one) => one.byPeople);
  return (["crm", "erp"] as const).flatMap((system) => {
    const here = moves.filter((one) => one.system === system);
    return here.flatMap((written, index) => {
      const edit = here[index - 1];
      if (written.byPeople || !edit?.byPeople) return [];
      const by = byPeople.findLast((one) => one.to === written.to && one.time <= written.time);
      return [{ edit, by, written }];
    });
  });
}
