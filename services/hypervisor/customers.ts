/** A class of requests that meet at the device: closed, some threads that think between theirs, or an open flow. */
export interface Customers {
  /** Closed customers; 0: an open flow. */
  readonly threads: number;
  readonly thinkNs: number;
  readonly serviceNs: number;
  /** Arrivals of an open flow per nanosecond. */
  readonly perNs: number;
}

/** Load in channels if no request ever waited. */
export function unhinderedLoad({ threads, thinkNs, serviceNs, perNs }: Customers): number {
  return perNs * serviceNs + (threads * serviceNs) / (thinkNs + serviceNs);
}
