/** The event-by-event disk against the closed forms of queueing, and these against their published values. */
import { expect, test } from "vitest";
import { gamma } from "../../lib/engine/gamma.ts";
import { Random } from "../../lib/engine/random.ts";
import { type DiskRun, simulateDisk } from "../../validate/reference/disk-events.ts";
import { repairman, saturated, stretch } from "../../validate/reference/queues.ts";

const base: DiskRun = { channels: 1, queueing: "shared", variation: 1, populations: [], flows: [], requests: 200_000, seed: 1 };

test("one channel: the textbook forms", () => {
  expect(stretch(1, 0.5)).toBeCloseTo(2, 12);
  expect(stretch(1, 0.95)).toBeCloseTo(20, 9);
  expect(stretch(2, 0.8)).toBeCloseTo(1 / (1 - 0.64), 9);
  // Asymptotic bound of the closed network: R = N S - Z.
  expect(repairman(100, 5e6, 1e6, 1).responseNs).toBeCloseTo(95e6, 0);
  expect(repairman(1, 5e6, 1e6, 4).responseNs).toBeCloseTo(1e6, 6);
  expect(saturated(10, 1e6, 4)).toEqual({ perS: 4_000, responseNs: 2.5e6, utilisation: 1 });
});

test.each([
  [1, 0.5],
  [1, 0.9],
  [4, 0.8],
  [16, 0.9],
])("M/M/%d at %d: simulated as the closed form", (channels, utilisation) => {
  const serviceNs = 1e6;
  const flows = [{ perS: (utilisation * channels * 1e9) / serviceNs, serviceNs }];
  const result = simulateDisk({ ...base, channels, flows, requests: 400_000 });
  const flow = result.flows[0] as { meanNs: number };
  expect(flow.meanNs / serviceNs / stretch(channels, utilisation)).toBeGreaterThan(0.96);
  expect(flow.meanNs / serviceNs / stretch(channels, utilisation)).toBeLessThan(1.04);
  expect(result.utilisation).toBeCloseTo(utilisation, 1);
});

test.each([
  [4, 1],
  [10, 1],
  [12, 4],
])("%d customers at %d channels: simulated as the machine repairman", (threads, channels) => {
  const [thinkNs, serviceNs] = [5e6, 1e6];
  const simulated = simulateDisk({ ...base, channels, populations: [{ threads, thinkNs, serviceNs }] });
  const exact = repairman(threads, thinkNs, serviceNs, channels);
  const population = simulated.populations[0] as { meanNs: number; perS: number };
  expect(population.meanNs / exact.responseNs).toBeCloseTo(1, 1.6);
  expect(population.perS / exact.perS).toBeCloseTo(1, 1.6);
  expect(simulated.utilisation).toBeCloseTo(exact.utilisation, 1.6);
});

test("banks: with n requests always there, R(n) = S (1 + (n - 1) / C)", () => {
  const populations = [{ threads: 16, thinkNs: 0, serviceNs: 1e5 }];
  const result = simulateDisk({ ...base, channels: 8, queueing: "banks", populations });
  expect((result.populations[0] as { meanNs: number }).meanNs / 1e5).toBeCloseTo(1 + 15 / 8, 1);
});

test.each([0.2, 0.5, 1.6])("service times of variation %d have their mean and spread", (variation) => {
  const random = new Random(9, "test", "gamma");
  const n = 200_000;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const x = gamma(3, variation, random);
    sum += x;
    squares += x * x;
  }
  const mean = sum / n;
  expect(mean / 3).toBeCloseTo(1, 1.6);
  expect(Math.sqrt(squares / n - mean * mean) / mean / variation).toBeCloseTo(1, 1.3);
});

test("constant service: half the wait of M/M/1 (Pollaczek and Khinchine)", () => {
  const flows = [{ perS: 800, serviceNs: 1e6 }];
  const result = simulateDisk({ ...base, variation: 0, flows, requests: 400_000 });
  expect((result.flows[0] as { meanNs: number }).meanNs / 1e6).toBeCloseTo(1 + 0.8 / (2 * 0.2), 0.9);
});
