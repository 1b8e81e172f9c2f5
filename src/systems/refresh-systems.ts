import type { Hub } from "../hub.ts";
import { selectTakenIn } from "../store/checkpoints.ts";
import { selectSystemStates } from "../store/system-states.ts";

/** Takes over what any process has put on record about the systems: pauses, modes, and which entities have been taken in. */
export async function refreshSystems({ db, systems }: Pick<Hub, "db" | "systems">): Promise<void> {
  const takenIn = Map.groupBy(await selectTakenIn(db), ({ system }) => system);
  for (const state of await selectSystemStates(db)) {
    const entities = (takenIn.get(state.system) ?? []).map(({ entity }) => entity);
    systems.get(state.system)?.refresh(state, entities);
  }
}
