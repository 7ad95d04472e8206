/** Of pages that the host has taken, by heat class: the share in its compressed pool, in bands of age. */
export class PooledShares {
  /** Bands of age; the oldest holds all that is older. */
  static readonly BANDS = 8;

  readonly #bands: Float64Array[];
  readonly #before: Float64Array;
  /** Sum over the bands. */
  readonly share: Float64Array;

  constructor(classes: number) {
    this.#bands = Array.from({ length: PooledShares.BANDS }, () => new Float64Array(classes));
    this.#before = new Float64Array(classes);
    this.share = new Float64Array(classes);
  }

  /** Pages in the pool. */
  pages(out: Float64Array): number {
    let pages = 0;
    for (let i = 0; i < out.length; i++) pages += (out[i] as number) * (this.share[i] as number);
    return pages;
  }

  pagesOf(band: number, out: Float64Array): number {
    const shares = this.#bands[band] as Float64Array;
    let pages = 0;
    for (let i = 0; i < out.length; i++) pages += (out[i] as number) * (shares[i] as number);
    return pages;
  }

  /**
   * Of `returns` touches of a class that has `out` pages out, those of pages in the pool. `swapFirst`: they come to what was taken
   * first, as a scan does whose oldest pages are taken, so to the swap before the pool.
   */
  serves(i: number, returns: number, out: number, swapFirst: boolean): number {
    const share = this.share[i] as number;
    return swapFirst ? Math.max(0, returns - out * (1 - share)) : returns * share;
  }

  /** Remembers what is out, for grow(). */
  mark(out: Float64Array): void {
    this.#before.set(out);
  }

  /** More is out than at mark(): of that, `pooled` is in the newest band. */
  grow(out: Float64Array, pooled: number): void {
    for (let i = 0; i < out.length; i++) {
      const [before, after] = [this.#before[i] as number, out[i] as number];
      if (after <= before) continue;
      for (const band of this.#bands) (band[i] as number) *= before / after;
      (this.#bands[0] as Float64Array)[i] = ((this.#bands[0] as Float64Array)[i] as number) + pooled * (1 - before / after);
    }
    this.#sum();
  }

  /** Takes this share of a band's pages away; returns how many they are. */
  take(band: number, share: number, out: Float64Array): number {
    const shares = this.#bands[band] as Float64Array;
    const pages = share * this.pagesOf(band, out);
    for (let i = 0; i < shares.length; i++) (shares[i] as number) *= 1 - share;
    this.#sum();
    return pages;
  }

  /** The newest band is full: all others are one older. */
  turn(): void {
    const oldest = this.#bands.pop() as Float64Array;
    const next = this.#bands.at(-1) as Float64Array;
    for (let i = 0; i < next.length; i++) next[i] = (next[i] as number) + (oldest[i] as number);
    oldest.fill(0);
    this.#bands.unshift(oldest);
  }

  /** Of several parts with `pages` in the pool there are `wanted`, of `out` that are out; the newest band gets what is missing. */
  fit(pages: number, wanted: number, out: number): void {
    if (wanted <= pages) {
      for (const band of this.#bands) for (let i = 0; i < band.length; i++) (band[i] as number) *= wanted / pages;
    } else if (pages < out) {
      const part = (wanted - pages) / (out - pages);
      const newest = this.#bands[0] as Float64Array;
      for (let i = 0; i < newest.length; i++) newest[i] = (newest[i] as number) + (1 - (this.share[i] as number)) * part;
    }
    this.#sum();
  }

  /** Pages of this share changed places among the classes; `moved`: those that each class has got, all alike. */
  deal(share: number, before: Float64Array, moved: (i: number) => number): void {
    for (const band of this.#bands) {
      let pages = 0;
      let all = 0;
      for (let i = 0; i < before.length; i++) {
        pages += (before[i] as number) * (band[i] as number);
        all += before[i] as number;
      }
      if (all === 0) continue;
      for (let i = 0; i < before.length; i++) {
        const stayed = (before[i] as number) * (1 - share);
        const after = stayed + moved(i);
        if (after > 0) band[i] = (stayed * (band[i] as number) + moved(i) * (pages / all)) / after;
      }
    }
    this.#sum();
  }

  #sum(): void {
    for (let i = 0; i < this.share.length; i++) {
      let sum = 0;
      for (const band of this.#bands) sum += band[i] as number;
      this.share[i] = Math.min(1, sum);
    }
  }
}
