/** One line of a plot. */
export type Series = { name: string; unit: string; points: [x: number, y: number][] };
export type Plot = { title: string; xTitle: string; series: Series[] };

/** What a workload found; absent is what it does not measure, or could not. */
export type Figures = {
  nave?: number;
  floor?: number;
  /** Milliseconds, of the hub. */
  p50?: number;
  p99?: number;
  /** Resident memory of the hub's process, the highest. */
  rssMb?: number;
  /** Whatever else is worth knowing, by what it is. */
  details: Record<string, number | string>;
  plots?: Plot[];
};

export type Run = {
  /** How many records, where the workload lets choose. */
  records: number;
  mode: "distributed" | "embedded";
  /** Tells how it gets on. */
  say: (text: string) => void;
};

export type Workload = {
  /** The letter by which it is chosen. */
  name: string;
  title: string;
  /** Of `nave`, `floor` and the peers. */
  unit: string;
  records: number;
  run: (run: Run) => Promise<Figures>;
};
