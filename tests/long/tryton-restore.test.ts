import { tellTrytonRestore } from "../real/hub/tryton-restore-story.ts";

const MINUTE_MS = 60_000;

tellTrytonRestore({ beforeMs: 2 * MINUTE_MS, ageMs: 60 * MINUTE_MS, afterMs: MINUTE_MS, everyMs: 1000 });
