import { defineConfig } from "vitest/config";

/** What `npm run test:long` runs: the promises of `npm test` at full size, one file after the other. */
export default defineConfig({
  test: {
    include: ["tests/long/**/*.test.ts"],
    pool: "forks",
    globalSetup: ["tests/services/global-setup.ts"],
    testTimeout: 60 * 60_000,
    hookTimeout: 60 * 60_000,
    maxWorkers: 1,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
