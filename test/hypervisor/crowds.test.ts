/** Waits of any population: crowds at banks, where little met at the others makes the wait at one rise steeply; parts of a thread. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BankWait } from "../../services/hypervisor/bankwait.ts";
import type { Customers } from "../../services/hypervisor/customers.ts";
import { Waits } from "../../services/hypervisor/waits.ts";

const SSD = { channels: 8, queueing: "banks", stripes: 1, variation: 0.2 } as const;
const SERVICE_NS = 300_000;

function solved(classes: readonly Customers[]): Waits {
  const waits = new Waits({ ...SSD } as ConstructorParameters<typeof Waits>[0], 8);
  waits.solve(classes);
  return waits;
}
/** What was solved before leaves responses as they are, but for `share` of them. */
function expectNothingOf(before: readonly Customers[], after: readonly Customers[], share: number): void {
  const warm = solved(before);
  warm.solve(after);
  const cold = solved(after);
  for (const [k, { serviceNs }] of after.entries()) {
    const [ns, coldNs] = [warm.law(k).meanNs + serviceNs, cold.law(k).meanNs + serviceNs];
    expect(Math.abs(ns - coldNs)).toBeLessThan(share * coldNs);
  }
}

const readers = (threads: number, thinkNs: number): Customers => ({ threads, thinkNs, serviceNs: SERVICE_NS, perNs: 0 });

test.each([10, 20, 40, 60, 90, 100, 120, 200, 400])(
  "two crowds of %i threads at eight banks wait a little longer than they must",
  (threads) => {
    const waits = solved([readers(threads, 124_800), readers(threads, 349_600)]);
    // All banks busy all the time; and with exponential services, the longest that is known.
    const least = (2 * threads * SERVICE_NS) / SSD.channels - 240_000 - SERVICE_NS;
    for (const k of [0, 1]) {
      const { meanNs, probability } = waits.law(k);
      expect(meanNs).toBeGreaterThan(Math.max(0, least));
      expect(meanNs).toBeLessThan(least + 3 * SERVICE_NS);
      expect(probability).toBeGreaterThan(0.7);
      expect(probability).toBeLessThan(1);
    }
  },
);

test("no wait is longer than all others' services, none so unlikely that its length means nothing", () => {
  const closed = fc.record({
    threads: fc.double({ min: 0.01, max: 300, noNaN: true }),
    thinkNs: fc.double({ min: 100, max: 1e9, noNaN: true }),
    serviceNs: fc.constantFrom(100_000, 150_000, SERVICE_NS),
    perNs: fc.constant(0),
  });
  const writes = fc.double({ min: 1e-9, max: (0.8 * SSD.channels) / 222_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(closed, { minLength: 1, maxLength: 3 }), fc.option(writes, { nil: undefined }), (classes, perNs) => {
      const open = perNs === undefined ? [] : [{ threads: 0, thinkNs: 0, serviceNs: 222_000, perNs }];
      const waits = solved([...classes, ...open]);
      // Without writes: all the others before it, twice for what the approximation is off where there are few.
      const most = 2 * classes.reduce((sum, { threads }) => sum + threads * SERVICE_NS, SERVICE_NS);
      for (const k of classes.keys()) {
        const { meanNs, probability } = waits.law(k);
        expect(Number.isFinite(meanNs) && meanNs >= 0).toBe(true);
        if (perNs === undefined) expect(meanNs).toBeLessThan(most);
        if (probability > 0) expect(meanNs / probability).toBeLessThan(1e12);
        else expect(meanNs).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

test("a population that changed a little has the waits that a search from the beginning finds", () => {
  const crowd = fc.record({
    threads: fc.integer({ min: 2, max: 60 }),
    thinkNs: fc.double({ min: 1e6, max: 1e8, noNaN: true }),
    serviceNs: fc.constantFrom(100_000, SERVICE_NS),
    perNs: fc.constant(0),
  });
  fc.assert(
    fc.property(fc.array(crowd, { minLength: 1, maxLength: 3 }), fc.double({ min: 0.9, max: 1.1, noNaN: true }), (before, factor) => {
      const after = before.map((of) => ({ ...of, thinkNs: of.thinkNs * factor }));
      expectNothingOf(before, after, 0.01);
    }),
    { numRuns: 100 },
  );
});

test("a population has the same waits whatever came before it", () => {
  const crowd = fc.record({
    threads: fc.double({ min: 0.05, max: 200, noNaN: true }),
    thinkNs: fc.double({ min: 1e4, max: 1e8, noNaN: true }),
    serviceNs: fc.constantFrom(25_000, 100_000, SERVICE_NS),
    perNs: fc.constant(0),
  });
  const writes = fc.record({
    threads: fc.constant(0),
    thinkNs: fc.constant(0),
    serviceNs: fc.constantFrom(222_000, 546_000),
    perNs: fc.double({ min: 1e-9, max: (0.8 * SSD.channels) / 546_000, noNaN: true }),
  });
  const crowds = fc
    .tuple(fc.array(crowd, { minLength: 1, maxLength: 2 }), fc.array(writes, { maxLength: 1 }))
    .map(([a, b]) => [...a, ...b]);
  fc.assert(
    fc.property(crowds, crowds, (before, after) => {
      expectNothingOf(before, after, 0.02);
    }),
    { numRuns: 300 },
  );
});

test("a search begins where the last one ended", () => {
  const bank = new BankWait();
  const rounds = (waitNs: number): number => {
    let count = 0;
    bank.solve({ serviceNs: SERVICE_NS, waitNs }, (ns) => {
      count++;
      return { threads: 100, rate: 1, thinkNs: 0, serviceNs: SERVICE_NS, waitNs: (9 * SERVICE_NS * SERVICE_NS) / ns };
    });
    return count;
  };
  expect(rounds(SERVICE_NS)).toBeGreaterThan(2);
  expect(rounds(SERVICE_NS)).toBe(1);
});
