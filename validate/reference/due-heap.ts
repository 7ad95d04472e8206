/** What is due at the simulated disk, in order of time. */

export interface Request {
  /** Index over populations, then flows. */
  readonly stream: number;
  readonly arrivedNs: number;
  /** Channels that it has still to visit, with the present one. */
  visits: number;
  waited: boolean;
}

/** A request arrives, or a channel has finished one. */
export interface Due {
  readonly atNs: number;
  readonly stream: number;
  readonly channel: number;
  readonly request: Request | undefined;
}

/** A binary heap by time. */
export class DueHeap {
  readonly #items: Due[] = [];

  push(due: Due): void {
    const items = this.#items;
    let i = items.length;
    items.push(due);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((items[parent] as Due).atNs <= due.atNs) break;
      items[i] = items[parent] as Due;
      i = parent;
    }
    items[i] = due;
  }

  pop(): Due {
    const items = this.#items;
    const [top, last] = [items[0] as Due, items.pop() as Due];
    if (items.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as Due).atNs < (items[child] as Due).atNs) child++;
      if ((items[child] as Due).atNs >= last.atNs) break;
      items[i] = items[child] as Due;
      i = child;
    }
    items[i] = last;
    return top;
  }
}
