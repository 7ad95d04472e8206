/**
 * Which freed pages an allocation gets: backed ones, ones that the host has swapped out (stale), or ones on shared frames (broken by
 * the first write). The guest can not tell them apart, so they come in proportion.
 */
import { Carry } from "./counters.ts";

export interface Draw {
  readonly backed: number;
  readonly stale: number;
  readonly broken: number;
}

export class Draws {
  readonly #stale = new Carry();
  readonly #broken = new Carry();

  /** Whole pages, `pages` in all; each that is not backed takes one of the credit, and there is enough for what backed ones leave. */
  draw(pages: number, backedPages: number, outPages: number, sharedPages: number, creditPages: number): Draw {
    const all = backedPages + outPages + sharedPages;
    if (pages === 0) return { backed: 0, stale: 0, broken: 0 };
    const out = Math.min(this.#stale.take((pages * outPages) / all), outPages, creditPages);
    const shared = Math.min(this.#broken.take((pages * sharedPages) / all), sharedPages, creditPages - out);
    const backed = Math.min(backedPages, Math.max(0, pages - out - shared));
    const stale = Math.min(outPages, pages - backed, Math.max(out, pages - backed - shared));
    return { backed, stale, broken: pages - backed - stale };
  }
}
