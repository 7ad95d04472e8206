/**
 * Guest pages that stand on a frame which the host shares among equal pages (OSDI'02 section 4; Linux mm/ksm.c): by where they are in
 * the guest, and by what makes them equal to others. Both sums are the same.
 */
import { PLACES } from "./outpages.ts";
import { spread } from "./spread.ts";

/** What a page's contents are equal to: all zeroes, another page of this VM, the same page of VMs with the same system. */
export const CONTENTS = ["zero", "duplicate", "common"] as const;
export type Content = (typeof CONTENTS)[number];

export class SharedPages {
  readonly #at: number[] = new Array<number>(PLACES).fill(0);
  readonly #of: number[] = CONTENTS.map(() => 0);
  /** Fractions of a page by which each is behind its part of the mix. */
  readonly #behind: number[] = CONTENTS.map(() => 0);
  /** Sum of the counters, kept beside them: guests that share nothing ask for it all the time. */
  #pages = 0;

  at(place: number): number {
    return this.#at[place] as number;
  }

  of(content: Content): number {
    return this.#of[CONTENTS.indexOf(content)] as number;
  }

  get pages(): number {
    return this.#pages;
  }

  /** `pages` more are shared; their contents are so mixed. */
  add(place: number, pages: number, mix: Readonly<Record<Content, number>>): void {
    const sum = CONTENTS.reduce((all, content) => all + mix[content], 0);
    let left = pages;
    for (const [i, content] of CONTENTS.entries()) {
      (this.#behind[i] as number) += (pages * mix[content]) / sum;
      const part = Math.max(0, Math.floor(this.#behind[i] as number));
      this.#count(i, part);
      left -= part;
    }
    for (; left > 0; left--) this.#count(this.#behind.indexOf(Math.max(...this.#behind)), 1);
    (this.#at[place] as number) += pages;
    this.#pages += pages;
  }

  #count(content: number, pages: number): void {
    (this.#of[content] as number) += pages;
    (this.#behind[content] as number) -= pages;
  }

  /** `pages` are shared no longer: of all contents in proportion. */
  remove(place: number, pages: number): void {
    if (pages === 0) return;
    for (const [i, part] of spread(pages, this.#of).entries()) (this.#of[i] as number) -= part;
    (this.#at[place] as number) -= pages;
    this.#pages -= pages;
  }

  /** Pages that stay shared while the guest frees them, or finds a use for them. */
  move(from: number, to: number, pages: number): void {
    (this.#at[from] as number) -= pages;
    (this.#at[to] as number) += pages;
  }

  /** Whether no counter is negative and both sums agree: for the audit. */
  get sound(): boolean {
    return sumOf(this.#at) === this.#pages && sumOf(this.#of) === this.#pages;
  }
}

/** NaN when a counter is negative. */
function sumOf(counters: readonly number[]): number {
  let sum = 0;
  for (const pages of counters) sum += pages >= 0 ? pages : Number.NaN;
  return sum;
}

/** As they are told to the host; undefined where there are none. */
export function sharedOf(shared: SharedPages): Record<Content, number> | undefined {
  return shared.pages === 0 ? undefined : { zero: shared.of("zero"), duplicate: shared.of("duplicate"), common: shared.of("common") };
}
