import { defineConfig } from "vitest/config";

/** Suites and the time each may take, in minutes, on two cores; `npm test` prints how much of it was used. */
const SUITES = {
  core: ["tests/core/**/*.test.ts"],
  flows: ["tests/flows/**/*.test.ts"],
  adapters: ["adapters/*/tests/**/*.test.ts", "tests/adapters/**/*.test.ts"],
  console: ["tests/console/**/*.test.ts"],
  chaos: ["tests/chaos/**/*.test.ts"],
  real: ["tests/real/**/*.test.ts"],
};

export default defineConfig({
  test: {
    projects: Object.entries(SUITES).map(([name, include]) => ({
      test: {
        name,
        include,
        // Node-RED is one per process, and a hub that is killed takes its process along.
        pool: "forks" as const,
        globalSetup: ["tests/services/global-setup.ts"],
        // Shared machines stall for seconds: where nobody watches, a failed test is tried again, and reported as retried.
        retry: process.env["CI"] ? 2 : 0,
        testTimeout: 180_000,
        hookTimeout: 240_000,
      },
    })),
    maxWorkers: 2,
  },
});
