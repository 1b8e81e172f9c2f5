import type { JsonObject } from "../adapter-kit/contract.ts";
import { flatten, sameField } from "../canonical/fields.ts";
import type { EntityType, FieldPath, Fields } from "../canonical/types.ts";
import { fieldsToWrite } from "../merge/deliverable.ts";
import type { Shadow } from "../store/shadows.ts";
import type { Wish } from "../store/wishes.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

/** What has to be done so that a system holds what is wished. */
export type Plan =
  | { do: "nothing"; because: string }
  | { do: "create"; wished: Fields; paths: FieldPath[] }
  | { do: "update"; wished: Fields; paths: FieldPath[]; shadow: Shadow }
  | { do: "archive"; shadow: Shadow }
  | { do: "look"; localId: string }
  | { do: "wait"; because: string }
  /** An edit made there has become a wish of its own since this one was claimed, or will: the shadow shows it already, this wish does not. */
  | { do: "let it arrive" };

/** Everything known about the target's record when the plan is made. */
export type Known = {
  localId: string | undefined;
  shadow: Shadow | undefined;
  /** Fields in dispute; `*`: the whole record. */
  disputed: readonly FieldPath[];
  /** A person has yet to say whether a record that the system holds is this one. */
  undecided: boolean;
  /** What the system was last seen to hold, where that was refused and waits for a correction. */
  refused: JsonObject | undefined;
  /** The newest canonical version that is wished by now, or that an edit of this system's has made, whose flow has not ended yet. */
  comingVersion: number;
};

/** Decides by comparing the wish with what the system is known to hold. Pure. */
export function planWish(
  system: ConnectedSystem,
  type: EntityType,
  wish: Pick<Wish, "action" | "body" | "canonicalVersion">,
  known: Known,
  keepDeleted: boolean,
): Plan {
  const { localId, shadow, disputed, undecided } = known;
  if (disputed.includes("*")) return { do: "nothing", because: "a person decides whether the record stays" };
  if (localId !== undefined && !shadow?.known) return { do: "look", localId };
  if (known.comingVersion > wish.canonicalVersion) return { do: "let it arrive" };
  if (wish.action === "archive") return planRemoval(system, type, shadow);
  const mapping = system.mapping(type.name);
  const wished = flatten(type, wish.body);
  if (!shadow || (shadow.deleted && !keepDeleted)) return planCreate(system, type, wished, undecided);
  if (shadow.deleted)
    return { do: "nothing", because: "deleted there, and deletes there concern nobody else" };
  const written = new Map(Object.entries(shadow.written));
  const held = flatten(type, shadow.canonical);
  const paths = fieldsToWrite({
    wished,
    held,
    written,
    mapping,
    frozen: disputed,
    same: (path, one, other) => sameField(type, path, one, other),
  });
  if (paths.length === 0) return { do: "nothing", because: "holds it already" };
  if (!system.capability(type.name).update)
    return { do: "nothing", because: "cannot be changed there once written" };
  return { do: "update", wished, paths, shadow };
}

function planCreate(system: ConnectedSystem, type: EntityType, wished: Fields, undecided: boolean): Plan {
  if (!system.capability(type.name).create)
    return { do: "nothing", because: "such records are not made there" };
  if (undecided) return { do: "wait", because: "may hold it already: a person decides" };
  const mapping = system.mapping(type.name);
  return { do: "create", wished, paths: [...wished.keys()].filter((path) => mapping.writes(path)) };
}

function planRemoval(system: ConnectedSystem, type: EntityType, shadow: Shadow | undefined): Plan {
  if (!shadow) return { do: "nothing", because: "never was there" };
  if (shadow.deleted) return { do: "nothing", because: "is gone there already" };
  if (system.capability(type.name).remove === "none")
    return { do: "nothing", because: "cannot be removed there" };
  return { do: "archive", shadow };
}
