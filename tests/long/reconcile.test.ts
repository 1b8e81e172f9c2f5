import { tellReconciliation } from "../core/hub/reconcile-story.ts";

tellReconciliation({ customers: 50_000, drifts: 100, minutes: 180 });
