/** The model's units: pages of 4 KiB, integer nanoseconds. */

export const PAGE_BYTES = 4096;
export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const PAGES_PER_MIB = MIB / PAGE_BYTES;

export const MICROSECOND_NS = 1_000;
export const MILLISECOND_NS = 1_000_000;
export const SECOND_NS = 1_000_000_000;

/** Whole pages of a size in bytes, rounded up. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}

/** The first multiple of `intervalNs` after `nowNs`: where the common grid of steps and samples goes on. */
export function nextMultipleNs(nowNs: number, intervalNs: number): number {
  return (Math.floor(nowNs / intervalNs) + 1) * intervalNs;
}
