import { setTimeout as sleep } from "node:timers/promises";
import { context, ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { SamplingDecision, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Log } from "../../adapter-kit/contract.ts";
import type { TracesConfig } from "../../config/types.ts";
import { programVersion } from "../program-version.ts";
import { ChosenIds } from "./chosen-ids.ts";
import { exportSpans } from "./export-spans.ts";
import { samplerOf } from "./sampler.ts";
import { Traces } from "./traces.ts";

/** Longest that a stop waits for the collector. */
const FLUSH_WITHIN_MS = 3000;
/** As many as a group may have members. */
const MOST_LINKS = 500;
const LONGEST_ATTRIBUTE = 500;

/**
 * Begins to record and send traces. Which span runs is followed through asynchronous calls from now on, in the whole process
 * and until its end: that is harmless once nothing is recorded.
 */
export function openTraces(config: TracesConfig, workerId: string, log: Log): Traces {
  // Refused where another hub in this process, or a preloaded SDK, has set one: that one serves.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ids = new ChosenIds();
  const sampler = samplerOf(config.sampler);
  const provider = new TracerProvider({
    sampler,
    idGenerator: ids,
    spanLimits: { linkCountLimit: MOST_LINKS, attributeValueLengthLimit: LONGEST_ATTRIBUTE },
    spanProcessors: [exportSpans(config, log)],
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.version": programVersion(), "service.instance.id": workerId }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
      .merge(resourceFromAttributes({ "service.name": config.serviceName })),
  });
  return new Traces({
    tracer: provider.getTracer("nave", programVersion()),
    ids,
    isRecorded: (traceId) =>
      sampler.shouldSample(ROOT_CONTEXT, traceId, "", SpanKind.INTERNAL, {}, []).decision ===
      SamplingDecision.RECORD_AND_SAMPLED,
    stop: () =>
      Promise.race([provider.shutdown().catch(() => {}), sleep(FLUSH_WITHIN_MS, undefined, { ref: false })]),
  });
}
