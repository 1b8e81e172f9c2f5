import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { SamplerConfig } from "../../config/types.ts";

/** All of them decide about a new trace by nothing but its id: every process decides alike. */
export function samplerOf({ root, share, byParent }: SamplerConfig): Sampler {
  const sampler = ROOTS[root](share);
  return byParent ? new ParentBasedSampler({ root: sampler }) : sampler;
}

const ROOTS: Record<SamplerConfig["root"], (share: number) => Sampler> = {
  all: () => new AlwaysOnSampler(),
  none: () => new AlwaysOffSampler(),
  share: (share) => new TraceIdRatioBasedSampler(share),
};
