/** The frames of shared pages, each counted once: against pages one by one, and as the ledger has them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import type { RegionContents } from "../../lib/scenario/contents.ts";
import { Ledger } from "../../services/hypervisor/ledger.ts";
import { SharePool } from "../../services/hypervisor/sharepool.ts";
import { guestConfig } from "./world.ts";

const PAGES = 2_000;

function poolOf(vms: number, contents: Partial<RegionContents>, machinePages = 100_000) {
  const all = { zero: 0, duplicate: 0, common: 0, overlap: 1, ...contents };
  const region = { name: "m", kind: "anonymous", pages: PAGES, law: { kind: "uniform" }, writes: 0, weight: 1, contents: all } as const;
  const guests = Array.from({ length: vms }, (_, i) =>
    guestConfig(`vm${i}`, { workload: { threads: 1, thinkNs: 1, touches: 1, restartNs: 0, phases: [], regions: [region] } }),
  );
  const ledger = new Ledger({ machinePages, reservedPages: 0, overheadPagesPerVm: 0, vms });
  for (let vm = 0; vm < vms; vm++) ledger.open(vm, 0);
  return { ledger, pool: new SharePool(ledger, guests) };
}

describe("frames of shared pages", () => {
  it("are one for all zero pages, and one for two that are alike", () => {
    const { ledger, pool } = poolOf(2, { zero: 0.5, duplicate: 0.5 });
    pool.set(0, { zero: 700, duplicate: 100, common: 0 });
    pool.set(1, { zero: 300, duplicate: 31, common: 0 });
    pool.settle();
    expect([pool.sharingPages, ledger.sharedPages, ledger.freePages]).toEqual([1_131, 1 + 50 + 16, 100_000 - 67]);
    pool.set(0);
    pool.set(1);
    pool.settle();
    expect([pool.sharingPages, ledger.sharedPages, ledger.freePages]).toEqual([0, 0, 100_000]);
  });

  it("of common pages are as many as VMs that draw their pages from one image have different ones", () => {
    const random = new Random(7, "pages", "sharing");
    for (const [common, overlap, vms] of [
      [0.5, 1, 5],
      [0.6, 0.8, 4],
      [1, 0.5, 8],
    ] as const) {
      const { ledger, pool } = poolOf(vms, { common, overlap });
      const image = Math.ceil((common * PAGES) / overlap);
      const seen = new Set<number>();
      for (let vm = 0; vm < vms; vm++) {
        const order = Array.from({ length: image }, (_, i) => ({ i, key: random.uniform() })).sort((a, b) => a.key - b.key);
        for (const { i } of order.slice(0, common * PAGES)) seen.add(i);
        pool.set(vm, { zero: 0, duplicate: 0, common: common * PAGES });
      }
      pool.settle();
      expect(Math.abs(ledger.sharedPages - seen.size)).toBeLessThan(0.015 * image);
    }
  });

  it("never are more than the pages on them, grow by no more than the pages that join, and come from free ones alone", () => {
    const counts = fc.record({ zero: fc.nat(1_000), duplicate: fc.nat(1_000), common: fc.nat(1_000) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), counts), { maxLength: 30 }), fc.constantFrom(0, 500, 100_000), (changes, machinePages) => {
        const { ledger, pool } = poolOf(4, { common: 0.5, overlap: 0.7 }, machinePages);
        for (const [vm, shared] of changes) {
          const [frames, sharing] = [ledger.sharedPages, pool.sharingPages];
          pool.set(vm, shared);
          pool.settle();
          ledger.audit();
          const now = ledger.sharedPages;
          expect(now).toBeLessThanOrEqual(pool.sharingPages);
          if (machinePages === 100_000) {
            const joined = Math.max(0, shared.zero) + shared.duplicate + shared.common;
            expect(now - frames).toBeLessThanOrEqual(Math.max(joined, pool.sharingPages - sharing));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
