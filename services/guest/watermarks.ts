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

export function watermarksOf(sizePages: number): Watermarks {
  const minKib = Math.min(MOST_KIB, Math.max(LEAST_KIB, Math.floor(Math.sqrt(sizePages * KIB_PER_PAGE * 16))));
  const minPages = Math.floor(minKib / KIB_PER_PAGE);
  const gap = Math.max(Math.floor(minPages / 4), Math.floor((sizePages * SCALE) / 10_000));
  return { minPages, lowPages: minPages + gap, highPages: minPages + 2 * gap };
}
