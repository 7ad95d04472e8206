import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes and brokers share two cores with the tests: no more workers than that.
    maxWorkers: 2,
  },
});
