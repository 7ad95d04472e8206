/**
 * The host's one disk, solved for the demands of one step as a queueing network: per VM a closed population of readers, and open
 * flows of writeback (guests' swap-out and file writeback, the host's own swap-out).
 *
 * When reads and writes together would fill the device, writes get what reads leave, but never less than a third of it, as
 * mq-deadline's `writes_starved` of 2 gives them (Linux block/mq-deadline.c): readers wait for their data, writers do not. Every
 * write flow is cut by the same factor.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import type { StepDemand } from "../../lib/wire/messages.ts";
import { Readers } from "./readers.ts";
import { Station, type Wait } from "./station.ts";

const NS_PER_S = 1e9;
const LEAST_WRITE_SHARE = 1 / 3;
/** Writers keep their line bounded (dirty limits, nr_requests), which an open flow can not: it stops short of full load. */
const MOST_WRITE_LOAD = 0.95;
const TOLERANCE = 1e-6;
const MOST_ROUNDS = 40;
/** Rounds before steps are halved: most solutions come before. */
const FULL_STEPS = 8;

/** A flow of writes: per nanosecond, their load in channels, and the second moment of service times the rate. */
interface Writes {
  rate: number;
  load: number;
  square: number;
}

export class Disk {
  readonly #config: DiskConfig;
  readonly #station: Station;
  readonly #readers: Readers;
  readonly #wait: Wait = { meanNs: 0, probability: 0 };
  readonly #asked: Writes = { rate: 0, load: 0, square: 0 };
  #slowness = 1;
  /** A write finds all threads' reads, a read only those of others. */
  #writeWaitNs = 0;
  #writeShare = 1;
  #utilisation = 0;
  #requests = 0;

  /** `most`: the largest number of readers in one step. */
  constructor(config: DiskConfig, most: number) {
    this.#config = config;
    this.#station = new Station(config.channels, config.queueing ?? "shared");
    this.#readers = new Readers(most);
  }

  /** Factor on all service times from now on. */
  set slowness(factor: number) {
    this.#slowness = factor;
  }

  /** Chance that a read waits at all. */
  get waitProbability(): number {
    return this.#wait.probability;
  }

  /** Mean wait in line of a read. */
  get waitNs(): number {
    return this.#wait.meanNs;
  }

  /** Share of every write flow that the device carries. */
  get writeShare(): number {
    return this.#writeShare;
  }

  /** Mean share of the channels that is busy. */
  get utilisation(): number {
    return this.#utilisation;
  }

  /** Mean number of requests at the device, in line and in service. */
  get requests(): number {
    return this.#requests;
  }

  /** Writes per nanosecond that the device carries. */
  get writesPerNs(): number {
    return this.#asked.rate * this.#writeShare;
  }

  /** A host swap read: uncooperative, so one page at a random place. */
  get hostSwapReadNs(): number {
    return this.#config.service.randomReadNs * this.#slowness;
  }

  /** Reads per nanosecond of a reader. */
  readsPerNs(reader: number): number {
    return this.#readers.rate(reader);
  }

  /** Mean service time of a reader's reads. */
  serviceNs(reader: number): number {
    return this.#readers.serviceNs(reader);
  }

  /** Coefficient of variation of the service times of a reader's reads. */
  variation(reader: number): number {
    const serviceNs = this.#readers.serviceNs(reader);
    return Math.sqrt(Math.max(0, this.#readers.square(reader) / (serviceNs * serviceNs) - 1));
  }

  /** Mean wait in line of a reader's reads. */
  readerWaitNs(reader: number): number {
    return this.#readers.waitNs(reader);
  }

  /** Forgets the demands of the step before. */
  begin(): void {
    this.#readers.clear();
    this.#asked.rate = 0;
    this.#asked.load = 0;
    this.#asked.square = 0;
  }

  /** Adds what a VM reads; the answer is its reader's number, -1 when it reads nothing. */
  addReads(demand: StepDemand): number {
    const { swapReadShare, fileReadShare, hostSwapReadShare, pagesPerSwapRead, pagesPerFileRead } = demand;
    const shares = swapReadShare + fileReadShare + hostSwapReadShare;
    if (demand.threads === 0 || shares <= 0) return -1;
    const { randomReadNs, clusteredReadNs } = this.#config.service;
    const swapNs = pagesPerSwapRead > 1 ? clusteredReadNs : randomReadNs;
    const fileNs = pagesPerFileRead > 1 ? clusteredReadNs : randomReadNs;
    const meanNs = (swapReadShare * swapNs + fileReadShare * fileNs + hostSwapReadShare * randomReadNs) / shares;
    const square =
      (swapReadShare * swapNs * swapNs + fileReadShare * fileNs * fileNs + hostSwapReadShare * randomReadNs * randomReadNs) / shares;
    return this.addReaders(demand.threads, demand.thinkNs, meanNs, square);
  }

  /** Adds a closed population; `square` is the mean of the squares of its kinds' service times. */
  addReaders(threads: number, thinkNs: number, serviceNs: number, square: number): number {
    const slow = this.#slowness;
    return this.#readers.add(threads, thinkNs, serviceNs * slow, square * this.#spreadOf() * slow * slow, this.#wait.meanNs);
  }

  /** Adds a flow of clustered writes. */
  addWrites(pagesPerS: number): void {
    if (pagesPerS <= 0) return;
    const rate = pagesPerS / this.#config.pagesPerClusteredWrite / NS_PER_S;
    const serviceNs = this.#config.service.clusteredWriteNs * this.#slowness;
    this.#asked.rate += rate;
    this.#asked.load += rate * serviceNs;
    this.#asked.square += rate * serviceNs * serviceNs * this.#spreadOf();
  }

  /** Finds throughputs and waits for all that was added. */
  solve(): void {
    const { channels } = this.#config;
    const room = channels * MOST_WRITE_LOAD * Math.max(LEAST_WRITE_SHARE, 1 - this.#readers.unhinderedLoad() / channels);
    this.#writeShare = this.#asked.load <= room ? 1 : room / this.#asked.load;
    for (let round = 0; round < MOST_ROUNDS; round++) if (this.#round(round < FULL_STEPS ? 1 : 0.5) <= TOLERANCE) break;
    const { load } = this.#readers.flow();
    this.#utilisation = Math.min(1, (load + this.#asked.load * this.#writeShare) / channels);
    this.#requests = this.#readers.present() + this.#asked.load * this.#writeShare + this.writesPerNs * this.#writeWaitNs;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#slowness);
    hasher.number(this.#wait.meanNs);
  }

  /** Waits from throughputs. Answers the largest relative change of a response time. */
  #round(step: number): number {
    const reads = this.#readers.flow();
    const openRate = this.writesPerNs;
    const all = reads.rate + openRate;
    if (all === 0) {
      this.#wait.meanNs = 0;
      this.#wait.probability = 0;
      return 0;
    }
    const serviceNs = (reads.load + this.#asked.load * this.#writeShare) / all;
    const square = (reads.square + this.#asked.square * this.#writeShare) / all;
    const variation2 = Math.max(0, square / (serviceNs * serviceNs) - 1);
    const thinkNs = reads.rate === 0 ? 0 : reads.think / reads.rate;
    this.#station.solve({ serviceNs, variation2, others: Math.max(0, reads.customers - 1), thinkNs, openRate }, this.#wait);
    const writeWork = (this.#asked.load * this.#writeWaitNs + this.#asked.square / 2) * this.#writeShare;
    const work = reads.work + writeWork;
    const found = reads.rate === 0 ? work : work - reads.own / reads.rate;
    this.#writeWaitNs = found <= 0 ? this.#wait.meanNs : (this.#wait.meanNs * work) / found;
    return this.#readers.spread(this.#wait, work, found, step);
  }

  /** Second moment over squared mean of one kind's service time. */
  #spreadOf(): number {
    return 1 + this.#config.variation * this.#config.variation;
  }
}
