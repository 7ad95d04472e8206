/** The population that a guest tells its host: who reads, and how a longer wait slows them down (services/guest/demand.ts). */
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
