/** What the matcher found about one candidate. */
export type Match = {
  canonicalId: string;
  score: number;
  /** In words, for the person who decides. */
  reasons: string[];
};
