/** Page sharing as a guest has it: what is found, what a write breaks, and what freed pages cost. */
import { describe, expect, test } from "vitest";
import type { RegionConfig } from "../../lib/scenario/scenario.ts";
import { auditMemory } from "../../services/guest/audit.ts";
import { ANONYMOUS, FREE, Memory } from "../../services/guest/memory.ts";
import { Sharing } from "../../services/guest/sharing.ts";
import { Workload } from "../../services/guest/workload.ts";
import { benchOf, guestOf } from "./fakehost.ts";

const CONTENTS = { zero: 0.1, duplicate: 0.2, common: 0.3, overlap: 1 };

function guestWith(writes: number) {
  const region: RegionConfig = {
    name: "heap",
    kind: "anonymous",
    pages: 10_000,
    law: { kind: "uniform" },
    writes,
    weight: 1,
    contents: CONTENTS,
  };
  const workload = new Workload(guestOf({ workload: { threads: 1, thinkNs: 1, touches: 1, restartNs: 0, phases: [], regions: [region] } }));
  const memory = new Memory(20_000);
  memory.grantUpTo(60_000);
  for (const one of workload.regions) workload.anonymous.grow(one, 10_000);
  memory.take(ANONYMOUS, 10_000);
  return { workload, memory, sharing: new Sharing(memory, workload) };
}

describe("a guest's shared pages", () => {
  test("are found at the rate of the scan, up to those that are equal; their frames go back to the host", () => {
    const { memory, sharing } = guestWith(0);
    sharing.scan(10_000, 0);
    // Of 6,000 equal pages, those among 10,000 looks at random.
    expect(Math.abs(memory.shared.at(ANONYMOUS) - 6_000 * (1 - Math.exp(-1)))).toBeLessThan(2);
    for (let i = 0; i < 20; i++) sharing.scan(10_000, 0);
    expect(memory.shared.at(ANONYMOUS)).toBeGreaterThan(5_990);
    expect(memory.releasedTotalPages).toBe(memory.shared.at(ANONYMOUS));
    const parts = (["zero", "duplicate", "common"] as const).map((content) => memory.shared.of(content) / memory.shared.pages);
    for (const [i, part] of [1 / 6, 2 / 6, 3 / 6].entries()) expect(parts[i]).toBeCloseTo(part, 3);
    auditMemory(memory);
  });

  test("are not found where they are written between two looks, and a write gives a page a frame of its own", () => {
    const { memory, sharing } = guestWith(0.5);
    sharing.scan(5_000, 0);
    const found = memory.shared.pages;
    const credit = memory.creditPages;
    const written = sharing.write(2_000);
    expect(Math.abs(written - found * (1 - Math.exp(-0.1)))).toBeLessThan(2);
    expect(memory.creditPages).toBe(credit - written);
    // From now on 40,000 accesses go by between two looks at a page: e^-2 of the pages stand still.
    sharing.write(1e6);
    let accesses = 2_000;
    for (let i = 0; i < 50; i++) {
      accesses += 16_000;
      sharing.write(16_000);
      sharing.scan(5_000, accesses);
    }
    expect(Math.abs(memory.shared.pages - 424)).toBeLessThan(30);
    auditMemory(memory);
  });

  test("stay on their frames when they are freed, cost the credit when they are used again, and nothing in the balloon", () => {
    const { memory, sharing, workload } = guestWith(0);
    for (let i = 0; i < 30; i++) sharing.scan(10_000, 0);
    workload.anonymous.settle(5_000);
    memory.give(ANONYMOUS, 5_000, 0);
    expect(Math.abs(memory.shared.at(FREE) - 3_000)).toBeLessThan(6);
    const credit = memory.creditPages;
    memory.take(ANONYMOUS, 1_000);
    expect(Math.abs(credit - memory.creditPages - 600)).toBeLessThan(4);
    const [shared, released] = [memory.shared.pages, memory.releasedTotalPages];
    memory.inflate(memory.freePages - memory.untouchedPages);
    expect(memory.shared.at(FREE)).toBe(0);
    expect(shared - memory.shared.pages).toBeGreaterThan(2_000);
    expect(memory.releasedTotalPages - released).toBeLessThan(2_000);
    auditMemory(memory);
  });
});

test("a quiet guest that was scanned tells its host once, and the host has its frames back", () => {
  const base = guestOf();
  const heap = { ...(base.workload.regions[0] as RegionConfig), writes: 0, contents: CONTENTS };
  const config = { ...base, workload: { ...base.workload, threads: 0, regions: [heap] } };
  const bench = benchOf(config).to(20);
  const [demands, free] = [bench.host.demands.length, bench.host.ledger.freePages];
  bench.host.scan(1e9);
  bench.to(25);
  expect(bench.host.demands.length - demands).toBe(1);
  const { sharing, ledger } = bench.host;
  expect(sharing.sharingPages).toBeGreaterThan(0.59 * heap.pages);
  expect(ledger.freePages - free).toBe(sharing.sharingPages - ledger.sharedPages);
  expect(bench.monitor.last.sharedPages).toBe(sharing.sharingPages);
});
