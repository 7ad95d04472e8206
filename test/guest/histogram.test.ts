import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../lib/engine/random.ts";
import { boundsOf, bucketOf, LAST_BUCKET, LatencyHistogram } from "../../lib/histogram.ts";
import { Latencies } from "../../services/guest/latency.ts";

test("every latency from 0 to 1,000 s lies within the bounds of its bucket", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 27.6, noNaN: true }), (logNs) => {
      const valueNs = Math.exp(logNs);
      const { lowNs, highNs } = boundsOf(bucketOf(valueNs));
      // A bound is a rounded quotient: half an ulp may fall on its other side.
      expect(valueNs).toBeGreaterThanOrEqual(lowNs * (1 - 1e-15));
      expect(valueNs).toBeLessThan(highNs * (1 + 1e-15));
    }),
  );
});

test("buckets join without gap or overlap and are at most 3 % wide", () => {
  for (let bucket = 1; bucket < LAST_BUCKET; bucket++) {
    const { lowNs, highNs } = boundsOf(bucket);
    expect(highNs).toBeCloseTo(boundsOf(bucket + 1).lowNs, 6);
    expect((highNs - lowNs) / lowNs).toBeLessThanOrEqual(0.03);
    expect(bucketOf((lowNs + highNs) / 2)).toBe(bucket);
  }
});

test("what lies outside the range counts in the first and the last bucket", () => {
  expect([bucketOf(0), bucketOf(99.9), bucketOf(-5), bucketOf(Number.NaN)]).toEqual([0, 0, 0, 0]);
  expect([bucketOf(1e12), bucketOf(1e15), bucketOf(Number.POSITIVE_INFINITY)]).toEqual([LAST_BUCKET, LAST_BUCKET, LAST_BUCKET]);
  expect(boundsOf(LAST_BUCKET).highNs).toBeGreaterThan(1e12);
});

test("counts add up, come out in order, and are gone once taken", () => {
  const histogram = new LatencyHistogram();
  for (const [valueNs, count] of [
    [5e6, 2],
    [100, 1],
    [5.001e6, 0.5],
    [1e9, 3],
    [7, 0],
  ] as const)
    histogram.add(valueNs, count);
  expect(histogram.total).toBe(6.5);
  const { bucket, count } = histogram.take();
  expect(bucket).toEqual([bucketOf(100), bucketOf(5e6), bucketOf(1e9)]);
  expect(count).toEqual([1, 2.5, 3]);
  expect(histogram.isEmpty).toBe(true);
});

test("faults have the spread of the device's service times", () => {
  const random = new Random(1, "test", "latency");
  const p99 = (serviceVariation: number): number => {
    const latencies = new Latencies();
    const timing = { serviceNs: 1e6, serviceVariation, waitProbability: 0, waitNs: 0, waitShape: [] };
    for (let i = 0; i < 10_000; i++) latencies.noteFaults(1, timing, 0, random);
    const { bucket, count } = latencies.faults.take();
    let below = 0;
    const at = count.findIndex((n) => {
      below += n;
      return below >= 0.99 * 10_000;
    });
    return boundsOf(bucket[at] as number).highNs;
  };
  // An exponential time is above 4.6 times its mean with a chance of 1 %.
  expect(p99(1) / 4.605e6).toBeCloseTo(1, 1);
  expect(p99(0) / 1e6).toBeCloseTo(1, 1);
});
