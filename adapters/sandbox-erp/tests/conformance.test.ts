import { conformance } from "../../../tests/adapters/conformance.ts";
import { erpHarness } from "./harness.ts";

conformance("Sandbox ERP", erpHarness);

conformance("Sandbox ERP that misbehaves by nature", {
  ...erpHarness,
  entities: ["customer", "product", "order"],
  // A 404 for the first page is what an empty list looks like then.
  misbehaviours: erpHarness.misbehaviours.filter((name) => name !== "emptyPageNext"),
  start: async () => {
    const started = await erpHarness.start();
    await started.misbehave?.({
      modifiedEmptyUntilUpdate: true,
      errorInsideOk: true,
      notFoundForEmptyList: true,
    });
    return started;
  },
});
