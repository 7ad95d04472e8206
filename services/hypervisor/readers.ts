/**
 * The closed populations of one step: per VM some threads that each read, at random places or in clusters, then think.
 *
 * VMs whose threads think and are served about as long are one class of the network. What a VM's reads wait is what its classes
 * wait; its rate follows from its own think time.
 */
import type { Customers } from "./customers.ts";
import type { Waits } from "./waits.ts";

/** Classes by think time of each kind of read; more than these are told apart less finely. */
export const MOST_CLASSES = 6;
/** Classes in which cycle and service differ by a factor e, at first: of few VMs, and of many. */
const FINEST = 64;
const FINEST_OF_MANY = 2;

/** Rounds to find how far transfers stretch, and how far above the bandwidth they may be left. */
const MOST_ROUNDS = 30;
const TOLERANCE = 1e-6;

interface Sum {
  threads: number;
  /** Reads per nanosecond if none waited, and channels that they take. */
  rate: number;
  load: number;
}

export class Readers {
  readonly #threads: Float64Array;
  readonly #thinkNs: Float64Array;
  readonly #randomShare: Float64Array;
  /** Of each reader's clustered reads, mean service time and pages. */
  readonly #clusteredNs: Float64Array;
  readonly #clusterPages: Float64Array;
  /** Per reader and kind, its class; -1: it has no such reads. */
  readonly #classOf: Int32Array;
  #randomNs = 0;
  /** What each page of a cluster takes longer because all transfers together fill the device's bandwidth. */
  #stretchNs = 0;
  #count = 0;
  #waits: Waits | undefined;

  constructor(most: number) {
    this.#threads = new Float64Array(most);
    this.#thinkNs = new Float64Array(most);
    this.#randomShare = new Float64Array(most);
    this.#clusteredNs = new Float64Array(most);
    this.#clusterPages = new Float64Array(most);
    this.#classOf = new Int32Array(2 * most);
  }

  begin(randomReadNs: number): void {
    this.#randomNs = randomReadNs;
    this.#stretchNs = 0;
    this.#count = 0;
  }

  /** Adds a population; answers its number. Its reads are random, or clusters of so many pages and so long a service in the mean. */
  add(threads: number, thinkNs: number, randomShare: number, clusteredNs: number, clusterPages: number): number {
    const reader = this.#count++;
    this.#threads[reader] = threads;
    this.#thinkNs[reader] = thinkNs;
    this.#randomShare[reader] = randomShare;
    this.#clusteredNs[reader] = clusteredNs;
    this.#clusterPages[reader] = clusterPages;
    return reader;
  }

  /** Mean service time of a reader's reads. */
  serviceNs(reader: number): number {
    const share = this.#randomShare[reader] as number;
    return share * this.#randomNs + (1 - share) * this.#kindNs(reader, 1);
  }

  /** Second moment over squared mean of a reader's kinds of service. */
  unlikeness(reader: number): number {
    const share = this.#randomShare[reader] as number;
    const [random, clustered] = [this.#randomNs, this.#kindNs(reader, 1)];
    const meanNs = this.serviceNs(reader);
    return (share * random * random + (1 - share) * clustered * clustered) / (meanNs * meanNs);
  }

  /** The reader's class with most of its reads. */
  mainClass(reader: number): number {
    return this.#classOf[2 * reader + ((this.#randomShare[reader] as number) >= 0.5 ? 0 : 1)] as number;
  }

  /** Mean wait in line of a reader's reads. */
  waitNs(reader: number): number {
    let waitNs = 0;
    for (let kind = 0; kind < 2; kind++) {
      const k = this.#classOf[2 * reader + kind] as number;
      if (k >= 0) waitNs += this.#share(reader, kind) * (this.#waits as Waits).law(k).meanNs;
    }
    return waitNs;
  }

  /** Reads per nanosecond. */
  rate(reader: number): number {
    return (this.#threads[reader] as number) / ((this.#thinkNs[reader] as number) + this.serviceNs(reader) + this.waitNs(reader));
  }

  /** Takes the waits that were found for the classes; clusters of more than a page per `pageNs` take as much longer. */
  take(waits: Waits, pageNs: number): void {
    this.#waits = waits;
    // The load falls ever more slowly with the stretch, so Newton's steps from none never pass the answer.
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { load, slope } = this.#transfers(pageNs);
      if (load <= 1 + TOLERANCE) break;
      this.#stretchNs += (load - 1) / slope;
    }
  }

  /** Load of the device's transfers of clusters, and how fast it falls with the stretch. */
  #transfers(pageNs: number): { load: number; slope: number } {
    let load = 0;
    let slope = 0;
    for (let i = 0; i < this.#count; i++) {
      const pages = this.#share(i, 1) * (this.#clusterPages[i] as number);
      if (pages === 0) continue;
      const rate = this.rate(i);
      load += rate * pages * pageNs;
      slope += (rate * rate * pages * pages * pageNs) / (this.#threads[i] as number);
    }
    return { load, slope };
  }

  /** Load in channels if no read ever waited. */
  unhinderedLoad(): number {
    let load = 0;
    for (let i = 0; i < this.#count; i++) {
      const serviceNs = this.serviceNs(i);
      load += ((this.#threads[i] as number) * serviceNs) / ((this.#thinkNs[i] as number) + serviceNs);
    }
    return load;
  }

  /** Sums over readers: load in channels, and reads in line and in service. */
  totals(): { load: number; present: number } {
    let load = 0;
    let present = 0;
    for (let i = 0; i < this.#count; i++) {
      const rate = this.rate(i);
      load += rate * this.serviceNs(i);
      present += rate * (this.serviceNs(i) + this.waitNs(i));
    }
    return { load, present };
  }

  /** The classes of all readers. */
  classes(): Customers[] {
    for (let steps = this.#count <= MOST_CLASSES ? FINEST : FINEST_OF_MANY; ; steps /= 2) {
      const classes = this.#classes(steps);
      if (classes.length <= MOST_CLASSES) return classes;
    }
  }

  #classes(steps: number): Customers[] {
    const numbers = new Map<string, number>();
    const sums: Sum[] = [];
    for (let i = 0; i < this.#count; i++) {
      for (let kind = 0; kind < 2; kind++) {
        const threads = (this.#threads[i] as number) * this.#share(i, kind);
        this.#classOf[2 * i + kind] = -1;
        if (threads <= 0) continue;
        const serviceNs = this.#kindNs(i, kind);
        const cycleNs = (this.#thinkNs[i] as number) + serviceNs;
        const key = `${kind} ${Math.round(steps * Math.log(cycleNs))} ${Math.round(steps * Math.log(serviceNs))}`;
        let k = numbers.get(key);
        if (k === undefined) {
          k = sums.length;
          numbers.set(key, k);
          sums.push({ threads: 0, rate: 0, load: 0 });
        }
        const sum = sums[k] as Sum;
        sum.threads += threads;
        sum.rate += threads / cycleNs;
        sum.load += (threads / cycleNs) * serviceNs;
        this.#classOf[2 * i + kind] = k;
      }
    }
    return sums.map(({ threads, rate, load }) => {
      const serviceNs = load / rate;
      return { threads, thinkNs: Math.max(0, threads / rate - serviceNs), serviceNs, perNs: 0 };
    });
  }

  /** Mean service time of a reader's random reads, or of its clustered ones. */
  #kindNs(reader: number, kind: number): number {
    if (kind === 0) return this.#randomNs;
    return (this.#clusteredNs[reader] as number) + (this.#clusterPages[reader] as number) * this.#stretchNs;
  }

  #share(reader: number, kind: number): number {
    const share = this.#randomShare[reader] as number;
    return kind === 0 ? share : 1 - share;
  }
}
