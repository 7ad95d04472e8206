/**
 * The closed populations of one step: per VM some threads that each read, then think.
 *
 * All meet in one aggregate, whose think and service times are those of the VMs weighted by throughput; what a VM waits follows from
 * the aggregate's wait in proportion to the work that its requests find at the device: all of it but their own thread's. For
 * equal VMs that is exact. One round is O(VMs).
 */
import type { Wait } from "./station.ts";

/** What readers bring to the device together: sums over VMs, weighted by reads per nanosecond. */
export interface Flow {
  customers: number;
  rate: number;
  think: number;
  load: number;
  /** Second moment of service. */
  square: number;
  /** Service time of what is at the device: whole for those in line, the mean rest for those in service. */
  work: number;
  /** Of that, a thread's own, summed over reads. */
  own: number;
}

export class Readers {
  readonly #threads: Float64Array;
  readonly #thinkNs: Float64Array;
  readonly #serviceNs: Float64Array;
  readonly #square: Float64Array;
  readonly #rate: Float64Array;
  readonly #waitNs: Float64Array;
  /** Work at the device of one of the VM's threads, in its mean over time. */
  readonly #work: Float64Array;
  #count = 0;

  constructor(most: number) {
    this.#threads = new Float64Array(most);
    this.#thinkNs = new Float64Array(most);
    this.#serviceNs = new Float64Array(most);
    this.#square = new Float64Array(most);
    this.#rate = new Float64Array(most);
    this.#waitNs = new Float64Array(most);
    this.#work = new Float64Array(most);
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Adds a population; `square` is the second moment of its service time, `waitNs` a first guess. Answers its number. */
  add(threads: number, thinkNs: number, serviceNs: number, square: number, waitNs: number): number {
    const reader = this.#count++;
    this.#threads[reader] = threads;
    this.#thinkNs[reader] = thinkNs;
    this.#serviceNs[reader] = serviceNs;
    this.#square[reader] = square;
    this.#waitNs[reader] = waitNs;
    return reader;
  }

  /** Reads per nanosecond. */
  rate(reader: number): number {
    return this.#rate[reader] as number;
  }

  serviceNs(reader: number): number {
    return this.#serviceNs[reader] as number;
  }

  square(reader: number): number {
    return this.#square[reader] as number;
  }

  waitNs(reader: number): number {
    return this.#waitNs[reader] as number;
  }

  /** Load in channels if no read ever waited. */
  unhinderedLoad(): number {
    let load = 0;
    for (let i = 0; i < this.#count; i++) {
      const serviceNs = this.#serviceNs[i] as number;
      load += ((this.#threads[i] as number) * serviceNs) / ((this.#thinkNs[i] as number) + serviceNs);
    }
    return load;
  }

  /** Throughputs from waits, and their sums. */
  flow(): Flow {
    const flow: Flow = { customers: 0, rate: 0, think: 0, load: 0, square: 0, work: 0, own: 0 };
    for (let i = 0; i < this.#count; i++) {
      const threads = this.#threads[i] as number;
      const thinkNs = this.#thinkNs[i] as number;
      const serviceNs = this.#serviceNs[i] as number;
      const waitNs = this.#waitNs[i] as number;
      const square = this.#square[i] as number;
      const rate = threads / (thinkNs + serviceNs + waitNs);
      const work = rate * (waitNs * serviceNs + square / 2);
      this.#rate[i] = rate;
      this.#work[i] = work / threads;
      flow.customers += threads;
      flow.rate += rate;
      flow.think += rate * thinkNs;
      flow.load += rate * serviceNs;
      flow.square += rate * square;
      flow.work += work;
      flow.own += (rate * work) / threads;
    }
    return flow;
  }

  /**
   * Waits from the aggregate's, whose arrivals find `found` of the device's `work` on average. Goes `step` of the way, and answers the
   * largest relative change of a response time.
   */
  spread(wait: Wait, work: number, found: number, step: number): number {
    let change = 0;
    for (let i = 0; i < this.#count; i++) {
      const seenNs = found <= 0 ? wait.meanNs : (wait.meanNs * (work - (this.#work[i] as number))) / found;
      const before = this.#waitNs[i] as number;
      change = Math.max(change, Math.abs(seenNs - before) / ((this.#serviceNs[i] as number) + before));
      this.#waitNs[i] = before + step * (seenNs - before);
    }
    return change;
  }

  /** Reads in line and in service. */
  present(): number {
    let present = 0;
    for (let i = 0; i < this.#count; i++)
      present += (this.#rate[i] as number) * ((this.#serviceNs[i] as number) + (this.#waitNs[i] as number));
    return present;
  }
}
