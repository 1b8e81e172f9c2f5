import type { NodeRed } from "../node-red.ts";

/** Where somebody is in the editor: which tab, which node's form. */
type Location = { workspace?: unknown; node?: unknown };
type Told = {
  topic?: string;
  data?: Location & { location?: Location; sessions?: { location?: Location }[] };
};

const SAID = "comms:message:multiplayer/location";

/**
 * Lets editors tell each other where their users are, whatever the ids there: Node-RED 5 drops places with a hyphen or an
 * underscore in them, such as those of flows that people have named. On their way through Node-RED they are spelt.
 */
export class EditorPresence {
  readonly #nodeRed: NodeRed;

  constructor(nodeRed: NodeRed) {
    this.#nodeRed = nodeRed;
  }

  attach(): void {
    this.#nodeRed.events.prependListener(SAID, this.#onSaid);
    this.#nodeRed.events.prependListener("comms", this.#onTold);
  }

  detach(): void {
    this.#nodeRed.events.removeListener(SAID, this.#onSaid);
    this.#nodeRed.events.removeListener("comms", this.#onTold);
  }

  readonly #onSaid = ({ data }: Told): void => changeIds(data, spell);

  readonly #onTold = ({ topic, data }: Told): void => {
    if (!topic?.startsWith("multiplayer/")) return;
    for (const location of [data, data?.location, ...(data?.sessions ?? []).map((one) => one.location)])
      changeIds(location, read);
  };
}

function changeIds(location: Location | undefined, change: (id: string) => string): void {
  if (location === undefined || location === null) return;
  for (const name of ["workspace", "node"] as const) {
    const id = location[name];
    if (typeof id === "string") location[name] = change(id);
  }
}

function spell(id: string): string {
  return id.replaceAll("-", "NaveHyphen").replaceAll("_", "NaveUnderscore");
}

function read(id: string): string {
  return id.replaceAll("NaveHyphen", "-").replaceAll("NaveUnderscore", "_");
}
