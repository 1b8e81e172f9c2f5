import { describe } from "vitest";
import { Bed } from "./bed.ts";
import type { Harness } from "./harness.ts";
import { accessPromises } from "./promises-access.ts";
import { createPromises } from "./promises-create.ts";
import { faultPromises } from "./promises-faults.ts";
import { lostAnswerPromises } from "./promises-lost-answers.ts";
import { mappingPromises } from "./promises-mapping.ts";
import { operationPromises } from "./promises-operations.ts";
import { scanPromises } from "./promises-scan.ts";
import { updatePromises } from "./promises-update.ts";
import { versionPromises } from "./promises-versions.ts";

/**
 * What the hub relies on, for every adapter alike, seen from the far side: against a simulator, and against the real
 * product where there is one. What an adapter does not offer, by its manifest, and what its far side cannot be made to do,
 * by its harness, is left out.
 */
export function conformance(name: string, harness: Harness): void {
  describe(`the ${name} adapter`, () => {
    const bed = new Bed(harness);
    bed.hooks();
    accessPromises(bed);
    scanPromises(bed);
    versionPromises(bed);
    createPromises(bed);
    updatePromises(bed);
    faultPromises(bed);
    lostAnswerPromises(bed);
    operationPromises(bed);
    mappingPromises(bed);
  });
}
