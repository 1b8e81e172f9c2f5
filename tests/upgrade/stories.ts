import type { Tree } from "./older-version.ts";
import { roll } from "./roll.ts";
import { inPlace, move } from "./stop-and-start.ts";
import type { Outcome, UpgradeBed } from "./upgrade-bed.ts";

export type Versions = { older: Tree; newer: Tree };
/** Says what is done next: for people, and for whoever reads a failure. */
export type Say = (step: string) => void;
export type Story = {
  title: string;
  /** Upgrades while people work. @throws with what went wrong, in words. */
  run: (bed: UpgradeBed, versions: Versions, say: Say) => Promise<Outcome>;
};

/** By the names that `--only` takes. */
export const STORIES: Readonly<Record<string, Story>> = { roll, "in-place": inPlace, move };
