import { defineConfig } from "vitest/config";

/** Real processes and brokers share two cores with the tests: no more workers than that. */
const WORKERS_MAX = 2;
const CONTAINERS = ["test/docker/**/*.test.ts", "test/fresh/**/*.test.ts"];

export default defineConfig({
  test: {
    maxWorkers: WORKERS_MAX,
    projects: [
      {
        test: {
          name: "machine",
          include: ["test/**/*.test.ts"],
          exclude: CONTAINERS,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: WORKERS_MAX,
        },
      },
      {
        // Dozens of containers leave no time for anybody else: one file at a time, when all others are done.
        test: { name: "containers", include: CONTAINERS, testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
