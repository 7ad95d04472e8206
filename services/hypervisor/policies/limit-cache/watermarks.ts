/**
 * Watermarks of a guest's kernel from its size alone, as a host can work them out (Linux mm/page_alloc.c): one zone, the
 * default min_free_kbytes and watermark_scale_factor. They are set at boot and do not move with the balloon.
 */

const MIN_FREE_KIB_MAX = 262_144;
const MIN_FREE_KIB_MIN = 128;
/** watermark_scale_factor 10 is 0.1 %. */
const SCALE = 0.001;

export interface Watermarks {
  readonly minimumKib: number;
  readonly lowKib: number;
  readonly highKib: number;
}

export function watermarksOf(sizeKib: number): Watermarks {
  const free = Math.floor(Math.sqrt(sizeKib * 16));
  const minimumKib = Math.min(Math.max(free, MIN_FREE_KIB_MIN), MIN_FREE_KIB_MAX);
  const distance = Math.max(Math.floor(minimumKib / 4), Math.floor(sizeKib * SCALE));
  return { minimumKib, lowKib: minimumKib + distance, highKib: minimumKib + 2 * distance };
}
