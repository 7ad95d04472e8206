/** Who reads a file for the first time, as the host is told (services/guest/demand.ts), and what of it is counted (growth.ts). */
import { expect, test } from "vitest";
import { FILE_READ_AHEAD_PAGES, FIRST_TOUCH_NS } from "../../services/guest/unpressed.ts";
import { benchOf, guestOf } from "./fakehost.ts";

test.each([1, 4, 32])("one of %d threads reads a file for the first time, a cluster at once", (threads) => {
  const base = guestOf();
  const files = { name: "files", kind: "file", pages: 200_000, law: { kind: "scan" }, writes: 0, weight: 1 } as const;
  const bench = benchOf({ ...base, workload: { ...base.workload, threads, regions: [files] } }, { serviceNs: 5_000_000 }).to(10);
  const demand = bench.host.demands.at(-1);
  expect(demand).toMatchObject({ threads: 1, fileReadShare: 1, pagesPerFileRead: FILE_READ_AHEAD_PAGES });
  expect(demand?.thinkNs).toBe(FILE_READ_AHEAD_PAGES * FIRST_TOUCH_NS);
});

test.each([0, 0.25, 1])(
  "a file's first touches read what they do not write (a share of %d), each read a fault with its latency",
  (writes) => {
    const base = guestOf();
    const files = { name: "files", kind: "file", pages: 50_000, law: { kind: "scan" }, writes, weight: 1 } as const;
    const { monitor } = benchOf({ ...base, workload: { ...base.workload, threads: 1, regions: [files] } }).to(20);
    expect(monitor.sum("fileReadPages")).toBeCloseTo(50_000 * (1 - writes), 3);
    expect(monitor.sum("majorFaults")).toBeCloseTo((50_000 * (1 - writes)) / FILE_READ_AHEAD_PAGES, 3);
    const counted = monitor.samples.flatMap(({ faultLatency }) => faultLatency?.count ?? []).reduce((sum, n) => sum + n, 0);
    expect(counted).toBeCloseTo(monitor.sum("majorFaults"), 3);
  },
);
