import type { Reporter, TestCase, TestModule } from "vitest/node";
import { lineOfEvent } from "./read-outcome.ts";

/** A reporter for vitest that says each failure as it comes, so that nobody waits for the rest of the run. */
export default class OutcomeReporter implements Reporter {
  readonly #failed = new Set<string>();

  onTestCaseResult(testCase: TestCase): void {
    if (testCase.result().state === "failed")
      this.#tellFailed(testCase.module.relativeModuleId, testCase.fullName);
  }

  /** What fails without any test of its own having failed could not be loaded, or not be prepared. */
  onTestModuleEnd(module: TestModule): void {
    const file = module.relativeModuleId;
    const { collectDuration, duration } = module.diagnostic();
    if (module.ok()) tell({ file, seconds: (collectDuration + duration) / 1000 });
    else if (!this.#failed.has(file))
      this.#tellFailed(file, `the file fails: ${module.errors()[0]?.message ?? "a hook"}`);
  }

  #tellFailed(file: string, test: string): void {
    this.#failed.add(file);
    tell({ file, test });
  }
}

function tell(event: Parameters<typeof lineOfEvent>[0]): void {
  process.stdout.write(lineOfEvent(event));
}
