/**
 * Who gets how many of the free pages when many ask: all, if there are enough; else first what lifts a VM to its guaranteed
 * minimum, then the rest, each in proportion to what is asked.
 */

/** What one VM asks for. */
export interface Want {
  /** Pages asked for. */
  readonly pages: Float64Array;
  /** Of those, pages below the VM's guaranteed minimum. */
  readonly guaranteed: Float64Array;
  /** Answer. */
  readonly granted: Float64Array;
}

/**
 * Fills `granted` for the first `count` entries, in whole pages, of at most `freePages`; the last `reservePages` of them serve
 * guaranteed wants alone. Answers the sum of what was not granted.
 */
export function sharePages(want: Want, count: number, freePages: number, reservePages: number): number {
  let asked = 0;
  let guaranteed = 0;
  for (let i = 0; i < count; i++) {
    asked += want.pages[i] as number;
    guaranteed += want.guaranteed[i] as number;
  }
  const rest = asked - guaranteed;
  const left = Math.max(0, freePages - reservePages - guaranteed);
  const first = guaranteed <= freePages ? 1 : freePages / guaranteed;
  const second = rest <= left ? 1 : left / rest;
  // Rounding the running sums instead of each part gives whole pages whose sum never exceeds what is there.
  let firstSum = 0;
  let restSum = 0;
  let given = 0;
  for (let i = 0; i < count; i++) {
    const part = want.guaranteed[i] as number;
    const more = (want.pages[i] as number) - part;
    const pages = Math.min(part, portion(firstSum, part, first)) + Math.min(more, portion(restSum, more, second));
    firstSum += part;
    restSum += more;
    want.granted[i] = Math.min(pages, freePages - given);
    given += want.granted[i] as number;
  }
  return asked - given;
}

/** The whole pages that fall to an entry of `pages` after entries of `sum`, at `share` of each. */
export function portion(sum: number, pages: number, share: number): number {
  return Math.floor((sum + pages) * share) - Math.floor(sum * share);
}
