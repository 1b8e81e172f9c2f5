import type { Figures, Workload } from "../workloads/workload.ts";
import type { Machine } from "./machine.ts";

/** One workload in the JSON file. */
export type Result = {
  name: string;
  title: string;
  nave: number | null;
  floor: number | null;
  /** By the name of the peer. */
  peers: Record<string, number>;
  unit: string;
  p50: number | null;
  p99: number | null;
  rssMb: number | null;
  details: Record<string, number | string>;
  plots: NonNullable<Figures["plots"]>;
  /** When it ended, UTC. */
  at: string;
  /** The command that repeats it. */
  command: string;
  /** Of the machine in the minute before and after: it tells how busy others kept it. */
  load: { before: number; after: number };
  machine: Machine;
};

export type Circumstances = Pick<Result, "peers" | "at" | "command" | "load" | "machine">;

export function resultOf(workload: Workload, figures: Figures, circumstances: Circumstances): Result {
  return {
    name: workload.name,
    title: workload.title,
    nave: figures.nave ?? null,
    floor: figures.floor ?? null,
    unit: workload.unit,
    p50: figures.p50 ?? null,
    p99: figures.p99 ?? null,
    rssMb: figures.rssMb ?? null,
    details: figures.details,
    plots: figures.plots ?? [],
    ...circumstances,
  };
}
