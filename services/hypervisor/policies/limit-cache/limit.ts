/**
 * ChromeOS LimitCache (platform2 vm_tools/concierge/balloon_policy.cc before ca679ab3b5): inflate until the guest's free
 * memory is at a target that follows the host's head-room, but never squeeze the cache below a limit. Bytes.
 */

const KIB = 1024;
/** What the guest may have free beyond its reserves while nothing is scarce. */
const FREE_ABOVE_RESERVE_BYTES = 322_560 * KIB;
const FREE_BELOW_LOW_BYTES = 1024 * KIB;

export interface LimitInput {
  readonly guestFreeBytes: number;
  readonly guestDiskCacheBytes: number;
  readonly guestSharedBytes: number;
  readonly guestUnevictableBytes: number;
  readonly hostFreeBytes: number;
  readonly hostAvailableBytes: number;
}

export interface LimitOptions {
  /** The host's margins of available memory. */
  readonly criticalHostBytes: number;
  readonly moderateHostBytes: number;
  /** Sum of the host's low watermarks. */
  readonly hostLowWatermarkBytes: number;
  /** Sum of the guest's low watermarks, and of its reserves (highest protection and 1.5 high watermarks of each zone). */
  readonly guestLowWatermarkBytes: number;
  readonly guestReserveBytes: number;
  /** Guest cache kept when the host is reclaiming, critical, moderate. 0: the rule is off. */
  readonly reclaimCacheBytes: number;
  readonly criticalCacheBytes: number;
  readonly moderateCacheBytes: number;
}

interface Rule {
  readonly cacheBytes: number;
  readonly headRoomBytes: number;
}

/** Change of the balloon in bytes; positive: inflate. */
export function limitCacheDelta(input: LimitInput, options: LimitOptions): number {
  const maxFree = options.guestReserveBytes + FREE_ABOVE_RESERVE_BYTES;
  const minFree = options.guestLowWatermarkBytes - FREE_BELOW_LOW_BYTES;
  const cache = Math.max(0, input.guestDiskCacheBytes - input.guestSharedBytes - input.guestUnevictableBytes);
  let targetFree = maxFree;
  let targetCache = cache;
  for (const rule of rulesOf(input, options)) {
    const free = Math.max(options.guestLowWatermarkBytes + rule.headRoomBytes, minFree);
    if (rule.cacheBytes <= 0 || free >= maxFree || cache <= rule.cacheBytes) continue;
    targetFree = Math.min(targetFree, free);
    targetCache = Math.min(targetCache, rule.cacheBytes);
  }
  const surplus = input.guestFreeBytes - targetFree;
  if (targetFree !== maxFree) return Math.min(surplus, cache - targetCache);
  return isSettled(input.guestFreeBytes, surplus, minFree, maxFree) ? 0 : surplus;
}

function rulesOf(input: LimitInput, options: LimitOptions): Rule[] {
  return [
    { cacheBytes: options.reclaimCacheBytes, headRoomBytes: input.hostFreeBytes - options.hostLowWatermarkBytes },
    { cacheBytes: options.criticalCacheBytes, headRoomBytes: input.hostAvailableBytes - options.criticalHostBytes },
    { cacheBytes: options.moderateCacheBytes, headRoomBytes: input.hostAvailableBytes - options.moderateHostBytes },
  ];
}

/** Nothing is scarce and the guest has most of what it may have free: leave it. */
function isSettled(free: number, delta: number, minFree: number, maxFree: number): boolean {
  const plenty = minFree + Math.trunc((maxFree - minFree) / 4) * 3;
  return free >= plenty && Math.trunc(free / maxFree) === Math.trunc((free + delta) / maxFree);
}
