/** Random guests: sizes, drivers, workloads and their phases. */
import fc from "fast-check";
import type { GuestConfig, PhaseConfig, PopularityLaw, RegionConfig } from "../../lib/scenario/scenario.ts";
import { guestOf } from "./fakehost.ts";

const law: fc.Arbitrary<PopularityLaw> = fc.oneof(
  fc.constant({ kind: "uniform" } as const),
  fc.constant({ kind: "scan" } as const),
  fc.record({ kind: fc.constant("zipf" as const), exponent: fc.double({ min: 0.3, max: 1.3, noNaN: true }) }),
  fc.record({ kind: fc.constant("hotcold" as const), hotShare: fc.constant(0.2), hotAccesses: fc.constant(0.8) }),
);

const region = (name: string): fc.Arbitrary<RegionConfig> =>
  fc.record({
    name: fc.constant(name),
    kind: fc.constantFrom("anonymous" as const, "file" as const),
    pages: fc.integer({ min: 1, max: 30_000 }),
    law,
    writes: fc.constantFrom(0, 0.3, 1),
    weight: fc.constantFrom(0, 1, 3),
    contents: fc.record({
      zero: fc.constantFrom(0, 0.3),
      duplicate: fc.constantFrom(0, 0.2),
      common: fc.constantFrom(0, 0.5),
      overlap: fc.constantFrom(0.5, 1),
    }),
  });

const phase = (atS: number): fc.Arbitrary<PhaseConfig> =>
  fc.record(
    {
      atNs: fc.constant(atS * 1e9 + 30_000_000),
      name: fc.constant("p"),
      threads: fc.constantFrom(0, 1, 8),
      regions: fc.record({
        a: fc.record(
          { pages: fc.integer({ min: 1, max: 40_000 }), shift: fc.double({ min: 0, max: 1, noNaN: true }), weight: fc.constantFrom(0, 2) },
          { requiredKeys: [] },
        ),
      }),
    },
    { requiredKeys: ["atNs", "name"] },
  );

export const guest: fc.Arbitrary<GuestConfig> = fc
  .record({
    sizePages: fc.integer({ min: 8_000, max: 60_000 }),
    swapPages: fc.constantFrom(0, 5_000, 60_000),
    swappiness: fc.constantFrom(0, 60, 200),
    deflateOnOom: fc.boolean(),
    freePageReporting: fc.boolean(),
    creditPages: fc.constantFrom(0, 64, 1000),
    regions: fc.tuple(region("a"), region("b")),
    phases: fc.tuple(phase(6), phase(9)),
  })
  .map(({ regions, phases, deflateOnOom, freePageReporting, ...rest }) => {
    const base = guestOf();
    return {
      ...base,
      ...rest,
      kernelPages: 2_000,
      minimumPages: 4_000,
      driver: { ...base.driver, deflateOnOom, freePageReporting },
      workload: { ...base.workload, regions: [...regions], phases: [...phases] },
    };
  });
