import { tellTrytonRestore } from "../real/hub/tryton-restore-story.ts";

const MINUTE_MS = 60_000;

tellTrytonRestore({ beforeMs: MINUTE_MS / 2, ageMs: 60 * MINUTE_MS, afterMs: MINUTE_MS, everyMs: 2000 });
