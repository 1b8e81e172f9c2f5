import { type MappingFunctions, Unconvertible } from "../../src/adapter-kit/converters.ts";

/** What the mapping files name as `function`. */
export const functions: MappingFunctions = {
  /** A file that cannot be taken comes as a record that cannot be translated: the reason reaches a person as a dead letter. */
  problem: {
    toCanonical: ({ Problem }) => {
      if (typeof Problem === "string") throw new Unconvertible(Problem);
      return undefined;
    },
  },
};
