import { tellReconciliation } from "../core/hub/reconcile-story.ts";
import { ownDatabase } from "./own-database.ts";

tellReconciliation({ customers: 50_000, drifts: 100, minutes: 180 }, ownDatabase());
