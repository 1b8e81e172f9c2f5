import { conformance } from "../../../tests/adapters/conformance.ts";
import { crmHarness } from "./harness.ts";

conformance("Sandbox CRM", crmHarness);

conformance("Sandbox CRM that misbehaves by nature", {
  ...crmHarness,
  entities: ["customer", "product", "order"],
  // A 404 for the first page is what an empty list looks like then.
  misbehaviours: crmHarness.misbehaviours.filter((name) => name !== "emptyPageNext"),
  start: async () => {
    const started = await crmHarness.start();
    await started.misbehave?.({
      modifiedEmptyUntilUpdate: true,
      errorInsideOk: true,
      notFoundForEmptyList: true,
    });
    return started;
  },
});
