import { defineConfig } from "vitest/config";

/** Real processes and brokers share two cores with the tests: no more workers than that. */
const WORKERS_MAX = 2;
const IMAGES = ["test/docker/base.test.ts"];
const CONTAINERS = ["test/docker/compose.test.ts", "test/fresh/**/*.test.ts"];
/** A hundred processes, on the clock. */
const CROWD = ["test/scale/hundred.test.ts"];
/** Many seconds each, of computing or of processes on the clock, and nothing that a fresh machine could change. */
const LONG = [
  "test/compare/custom.test.ts",
  "test/compare/published.test.ts",
  "test/federate/fuzz.test.ts",
  "test/federate/wall.test.ts",
  "test/guest/pages.test.ts",
  "test/hypervisor/diskmixes.test.ts",
  "test/terminal/demo.test.ts",
];
/** Of code alone, without processes: what it computes can not hang on what a file before it has done to its modules. */
const CODE = ["engine", "guest", "hypervisor", "monitor", "policies", "reference", "scenario", "units", "validate", "wire"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const shared = { globalSetup: ["test/docker/images.ts"], setupFiles: ["test/random.ts"] };

const machine = {
  ...shared,
  name: "machine",
  include: ["test/**/*.test.ts"],
  exclude: [...CONTAINERS, ...IMAGES, ...CROWD, ...CODE, ...LONG],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers: WORKERS_MAX,
};

/** Compiled and optimised once for all files: a third of the time goes. */
const code = { ...machine, name: "code", include: CODE, exclude: LONG, isolate: false };

/** Apart, so that test/fresh can leave them out: vitest's `--exclude` says nothing to projects. */
const long = { ...machine, name: "long", include: LONG, exclude: [] };

/** Waits for a registry and for disks, mostly: beside the machine's. */
const images = { ...machine, name: "images", include: IMAGES, exclude: [] };

/** What it measures is true only where nobody else has the machine's time. */
const crowd = { ...shared, name: "crowd", include: CROWD, testTimeout: 240_000, maxWorkers: 1, sequence: { groupOrder: 1 } };

/** Dozens of containers leave no time for anybody else: one file after the other, when all other tests are done. */
const containers = {
  ...shared,
  name: "containers",
  include: CONTAINERS,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  maxWorkers: 1,
  sequence: { groupOrder: 2 },
};

/** Containers take many minutes and an engine: only where they are asked for (docs/containers.md). */
const wanted = [long, machine, code, crowd, ...(process.env.AEROSTAT_CONTAINERS === "1" ? [images, containers] : [])];

export default defineConfig({ test: { projects: wanted.map((test) => ({ test })) } });
