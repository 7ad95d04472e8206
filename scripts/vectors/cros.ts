/** cros.json: BalanceAvailable sequences, LimitCache rows, and the deflate-to-save-process sequence. */
import { BalanceAvailable } from "../../services/hypervisor/policies/balance-available/balance.ts";
import { limitCacheDelta } from "../../services/hypervisor/policies/limit-cache/limit.ts";
import { byKey, type Case, type Checker, type Json } from "./case.ts";
import { deflateToSaveProcess, type SaveProcessOptions } from "./save-process.ts";

export const cros: Checker = {
  sections: ["balanceAvailable", "limitCache", "deflateToSaveProcess"],
  *cases(file: Json): Iterable<Case> {
    for (const [number, run] of (file.balanceAvailable ?? []).entries()) yield* balanceRun(number, run);
    for (const [number, row] of (file.limitCache ?? []).entries()) {
      const { delta, ...input } = row;
      yield { name: `LimitCache ${number}`, input, expected: delta, ours: limitRow(input) };
    }
    yield* saveProcess(file.deflateToSaveProcess ?? []);
  },
};

function* balanceRun(number: number, run: Json): Iterable<Case> {
  const policy = new BalanceAvailable({ criticalHostBytes: run.criticalHost, biasBytes: run.bias });
  for (const [index, row] of run.steps.entries()) {
    const { actual, guestTotal, guestFree, guestCached, hostAvailable, ...expected } = row;
    const step = policy.step({
      actualBalloonBytes: actual,
      guestTotalBytes: guestTotal,
      guestFreeBytes: guestFree,
      guestCacheBytes: guestCached,
      hostAvailableBytes: hostAvailable,
    });
    const ours = byKey(expected, {
      delta: () => step.deltaBytes,
      criticalGuestAfter: () => policy.criticalGuestBytes,
      clampInverted: () => step.clampInverted,
      deltaLowerBoundFirst: () => step.deltaLowerFirstBytes,
    });
    const input = { criticalHost: run.criticalHost, bias: run.bias, steps: run.steps.slice(0, index + 1) };
    yield { name: `BalanceAvailable ${number}, step ${index}`, input, expected, ours };
  }
}

function limitRow(row: Json): number {
  const input = {
    guestFreeBytes: row.free,
    guestDiskCacheBytes: row.diskCaches,
    guestSharedBytes: row.shared,
    guestUnevictableBytes: row.unevictable,
    hostFreeBytes: row.hostFree,
    hostAvailableBytes: row.hostAvailable,
  };
  return limitCacheDelta(input, {
    criticalHostBytes: row.critical,
    moderateHostBytes: row.moderate,
    hostLowWatermarkBytes: row.hostLwm,
    guestLowWatermarkBytes: row.guestSumLow,
    guestReserveBytes: row.guestTotalreserve,
    reclaimCacheBytes: row.reclaimTargetCache,
    criticalCacheBytes: row.criticalTargetCache,
    moderateCacheBytes: row.moderateTargetCache,
  });
}

/**
 * The file gives the sequence without the set-up of the original test. The outcomes pin it down: 800 pages in the balloon,
 * 200 pages at most per process, limits of 100, 400 and 600 pages. Host memory falls as the balloon does, so the limits stay.
 */
const PAGE_BYTES = 4096;
const SAVE_BALLOON_BYTES = 800 * PAGE_BYTES;
const SAVE_AVAILABLE_BYTES = 1000 * PAGE_BYTES;
const SAVE_OPTIONS: SaveProcessOptions = {
  foregroundMarginBytes: 300 * PAGE_BYTES,
  perceptibleMarginBytes: 600 * PAGE_BYTES,
  cachedMarginBytes: 800 * PAGE_BYTES,
  maxDeflateBytes: 200 * PAGE_BYTES,
};

function* saveProcess(rows: Json[]): Iterable<Case> {
  let balloon = SAVE_BALLOON_BYTES;
  let available = SAVE_AVAILABLE_BYTES;
  for (const [index, row] of rows.entries()) {
    const { procSize, oomScoreAdj, ...expected } = row;
    const answer = deflateToSaveProcess(procSize, oomScoreAdj, balloon, available, SAVE_OPTIONS);
    balloon -= answer.freedBytes;
    available -= answer.freedBytes;
    const ours = byKey(expected, { ok: () => answer.allowed, newBalloon: () => answer.balloonBytes, freed: () => answer.freedBytes });
    yield { name: `deflate to save a process, step ${index}`, input: rows.slice(0, index + 1), expected, ours };
  }
}
