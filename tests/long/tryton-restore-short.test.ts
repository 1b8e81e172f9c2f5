import { tellTrytonRestore } from "../real/hub/tryton-restore-story.ts";

tellTrytonRestore({ beforeMs: 3000, ageMs: 8000, afterMs: 2000, everyMs: 100 });
