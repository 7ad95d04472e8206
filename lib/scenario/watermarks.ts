/**
 * Watermarks of free memory, in pages: mm/page_alloc.c, calculate_min_free_kbytes() and __setup_per_zone_wmarks().
 *
 * They follow from the size at boot; a balloon does not change them (drivers/virtio/virtio_balloon.c adjusts the page
 * counts only).
 */
export interface Watermarks {
  /** Below it an allocation reclaims by itself. */
  readonly minPages: number;
  /** Below it kswapd wakes up. */
  readonly lowPages: number;
  /** kswapd stops there. */
  readonly highPages: number;
}

const KIB_PER_PAGE = 4;
const LEAST_KIB = 128;
const MOST_KIB = 262_144;
/** vm.watermark_scale_factor, in 10,000ths of memory. */
const SCALE = 10;

/** `minFreePages`: vm.min_free_kbytes where it is not the kernel's own choice. */
export function watermarksOf(sizePages: number, minFreePages = minFreeOf(sizePages)): Watermarks {
  const gap = Math.max(Math.floor(minFreePages / 4), Math.floor((sizePages * SCALE) / 10_000));
  return { minPages: minFreePages, lowPages: minFreePages + gap, highPages: minFreePages + 2 * gap };
}

function minFreeOf(sizePages: number): number {
  const minKib = Math.min(MOST_KIB, Math.max(LEAST_KIB, Math.floor(Math.sqrt(sizePages * KIB_PER_PAGE * 16))));
  return Math.floor(minKib / KIB_PER_PAGE);
}
