import fc from "fast-check";
import { expect, test } from "vitest";
import { watermarksOf } from "../../lib/scenario/watermarks.ts";
import { BalanceAvailable } from "../../services/hypervisor/policies/balance-available/balance.ts";
import { resized, StallDetector } from "../../services/hypervisor/policies/balance-available/stall.ts";
import { limitCacheDelta } from "../../services/hypervisor/policies/limit-cache/limit.ts";

const MIB = 1024 * 1024;

const quiet = {
  actualBalloonBytes: 0,
  guestTotalBytes: 4096 * MIB,
  guestFreeBytes: 1000 * MIB,
  guestCacheBytes: 400 * MIB,
  hostAvailableBytes: 1500 * MIB,
};

test("head-room is levelled: half of the difference moves, and 1 % of it does not", () => {
  const policy = () => new BalanceAvailable({ criticalHostBytes: 500 * MIB, biasBytes: 0 });
  expect(policy().step(quiet).deltaBytes).toBe(0);
  expect(policy().step({ ...quiet, guestFreeBytes: 1200 * MIB }).deltaBytes).toBe(100 * MIB);
  expect(policy().step({ ...quiet, guestFreeBytes: 1036 * MIB }).deltaBytes).toBe(0);
  expect(policy().step({ ...quiet, guestFreeBytes: 1041 * MIB }).deltaBytes).toBe(20.5 * MIB);
});

test("a guest that stays below its critical level shows that it survives there", () => {
  const policy = new BalanceAvailable({ criticalHostBytes: 500 * MIB, biasBytes: 0 });
  policy.step(quiet);
  const low = { ...quiet, guestFreeBytes: 200 * MIB, guestCacheBytes: 50 * MIB };
  policy.step(low);
  expect(policy.criticalGuestBytes).toBe(400 * MIB);
  policy.step({ ...low, guestFreeBytes: 150 * MIB });
  expect(policy.criticalGuestBytes).toBe(250 * MIB);
});

test("stall rule: below 15 MiB/s over a check, 128 MiB come back and inflation is blocked for 10 s", () => {
  const detector = new StallDetector();
  detector.arm(0, 0);
  expect(detector.hasStalled(4.9, 0, 1024 * MIB)).toBe(false);
  expect(detector.hasStalled(5, 75 * MIB, 1024 * MIB)).toBe(false);
  expect(detector.hasStalled(9, 75 * MIB, 1024 * MIB)).toBe(false);
  expect(detector.hasStalled(10, 149 * MIB, 1024 * MIB)).toBe(true);
  expect(detector.isBlocked(19.9)).toBe(true);
  expect(detector.isBlocked(20)).toBe(false);
  expect(resized(149 * MIB, 1024 * MIB, -128 * MIB)).toBe(21 * MIB);
  // Switched off until the next inflation.
  expect(detector.hasStalled(30, 0, 1024 * MIB)).toBe(false);
});

test("stall rule: a balloon that shrinks by itself has stalled, one at its target has not", () => {
  const shrinking = new StallDetector();
  shrinking.arm(0, 500 * MIB);
  expect(shrinking.hasStalled(5, 400 * MIB, 1024 * MIB)).toBe(true);
  const arrived = new StallDetector();
  arrived.arm(0, 500 * MIB);
  expect(arrived.hasStalled(5, 500 * MIB, 500 * MIB)).toBe(false);
  expect(arrived.hasStalled(10, 400 * MIB, 1024 * MIB)).toBe(false);
});

test("an inflation goes on from the target, a deflation from what the balloon has, and neither below nothing", () => {
  expect(resized(100, 300, 50)).toBe(350);
  expect(resized(100, 300, -50)).toBe(50);
  expect(resized(300, 100, 50)).toBe(350);
  expect(resized(100, 300, -500)).toBe(0);
});

test("LimitCache squeezes the cache to its limit and no further", () => {
  const limits = {
    criticalHostBytes: 1000 * MIB,
    moderateHostBytes: 4000 * MIB,
    hostLowWatermarkBytes: 100 * MIB,
    guestLowWatermarkBytes: 50 * MIB,
    guestReserveBytes: 100 * MIB,
    reclaimCacheBytes: 0,
    criticalCacheBytes: 200 * MIB,
    moderateCacheBytes: 0,
  };
  const guest = { guestFreeBytes: 700 * MIB, guestDiskCacheBytes: 500 * MIB, guestSharedBytes: 0, guestUnevictableBytes: 0 };
  expect(limitCacheDelta({ ...guest, hostFreeBytes: 5000 * MIB, hostAvailableBytes: 900 * MIB }, limits)).toBe(300 * MIB);
  // With nothing scarce only what is free beyond reserve and allowance is taken.
  expect(limitCacheDelta({ ...guest, hostFreeBytes: 5000 * MIB, hostAvailableBytes: 5000 * MIB }, limits)).toBe(285 * MIB);
});

test("watermarks of a kernel as booted: 4 GiB give 8 MiB of minimum", () => {
  // 2,048 pages, and 0.1 % of memory from each to the next.
  expect(watermarksOf(1_048_576)).toEqual({ minPages: 2048, lowPages: 3096, highPages: 4144 });
  expect(watermarksOf(16 * 1_048_576).minPages).toBe(8192);
});

const anyInput = fc.record({
  actualBalloonBytes: fc.integer({ min: 0, max: 3000 }).map((mib) => mib * MIB),
  guestTotalBytes: fc.constant(4096 * MIB),
  guestFreeBytes: fc.integer({ min: 0, max: 2000 * MIB }),
  guestCacheBytes: fc.integer({ min: 0, max: 2000 * MIB }),
  hostAvailableBytes: fc.integer({ min: 0, max: 2_000_000_000 }),
});

test("property: whole bytes, no deflation below an empty balloon, neither side taken more than 10 MiB past critical", () => {
  fc.assert(
    fc.property(fc.array(anyInput, { minLength: 1, maxLength: 10 }), (inputs) => {
      const policy = new BalanceAvailable({ criticalHostBytes: 500 * MIB, biasBytes: 100 * MIB });
      const again = new BalanceAvailable({ criticalHostBytes: 500 * MIB, biasBytes: 100 * MIB });
      for (const input of inputs) {
        const { deltaBytes, clampInverted } = policy.step(input);
        expect(again.step(input).deltaBytes).toBe(deltaBytes);
        expect(Number.isInteger(deltaBytes)).toBe(true);
        expect(deltaBytes).toBeGreaterThanOrEqual(0 - input.actualBalloonBytes);
        const guestLeft = input.guestFreeBytes + input.guestCacheBytes - deltaBytes;
        if (deltaBytes > 0) expect(guestLeft).toBeGreaterThanOrEqual(policy.criticalGuestBytes - 10 * MIB);
        const hostLeft = input.hostAvailableBytes + deltaBytes;
        if (deltaBytes < 0 && !clampInverted) expect(hostLeft).toBeGreaterThanOrEqual(500 * MIB - 10 * MIB);
      }
    }),
    { numRuns: 500 },
  );
});
