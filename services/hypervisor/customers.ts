/** A class of requests that meet at the device: closed, some threads that think between theirs, or an open flow. */
export interface Customers {
  /** Closed customers; 0: an open flow. */
  readonly threads: number;
  readonly thinkNs: number;
  readonly serviceNs: number;
  /** Arrivals of an open flow per nanosecond. */
  readonly perNs: number;
}

/** Sums over the closed classes at the present waits. */
export interface Aggregate {
  threads: number;
  rate: number;
  thinkNs: number;
  serviceNs: number;
  waitNs: number;
}

/** Load in channels if no request ever waited. */
export function unhinderedLoad({ threads, thinkNs, serviceNs, perNs }: Customers): number {
  return perNs * serviceNs + (threads * serviceNs) / (thinkNs + serviceNs);
}

/** The same demands have the same waits. */
export function same(classes: readonly Customers[], others: readonly Customers[]): boolean {
  if (classes.length !== others.length) return false;
  return classes.every(({ threads, thinkNs, serviceNs, perNs }, k) => {
    const other = others[k] as Customers;
    return threads === other.threads && thinkNs === other.thinkNs && serviceNs === other.serviceNs && perNs === other.perNs;
  });
}

export function aggregate(classes: readonly Customers[], waitsNs: readonly number[]): Aggregate {
  const all = { threads: 0, rate: 0, thinkNs: 0, serviceNs: 0, waitNs: 0 };
  for (const [k, { threads, thinkNs, serviceNs }] of classes.entries()) {
    if (threads === 0) continue;
    const waitNs = waitsNs[k] as number;
    const rate = threads / (thinkNs + serviceNs + waitNs);
    all.threads += threads;
    all.rate += rate;
    all.thinkNs += rate * thinkNs;
    all.serviceNs += rate * serviceNs;
    all.waitNs += rate * waitNs;
  }
  if (all.rate === 0) return all;
  return { ...all, thinkNs: all.thinkNs / all.rate, serviceNs: all.serviceNs / all.rate, waitNs: all.waitNs / all.rate };
}
