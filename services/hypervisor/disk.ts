/**
 * The host's one disk, solved for the demands of one step as a queueing network: per VM a closed population (threads that each
 * read, then think), and open flows of writeback (guests' swap-out and file writeback, the host's own swap-out).
 *
 * All VMs meet in one aggregate: its think and service times are those of the VMs weighted by throughput, which for equal
 * VMs is exact; a VM sees the others, that is the aggregate less one request of its own. One iteration is O(VMs).
 *
 * When reads and writes together would fill the device, writes get what reads leave, but never less than a third of it, as
 * mq-deadline's `writes_starved` of 2 gives them (Linux block/mq-deadline.c): readers wait for their data, writers do not. Every
 * write flow is cut by the same factor.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import type { StepDemand } from "../../lib/wire/messages.ts";
import { type Station, solveStation, type Wait } from "./station.ts";

const NS_PER_S = 1e9;
const LEAST_WRITE_SHARE = 1 / 3;
/** Writers keep their line bounded (dirty limits, nr_requests), which an open flow can not: it stops short of full load. */
const MOST_WRITE_LOAD = 0.95;
const TOLERANCE = 1e-6;
const MOST_ITERATIONS = 40;
/** Rounds before steps are halved: most solutions come before. */
const FULL_STEPS = 8;

export class Disk {
  readonly #config: DiskConfig;
  #slowness = 1;
  #readers = 0;
  readonly #threads: Float64Array;
  readonly #thinkNs: Float64Array;
  readonly #serviceNs: Float64Array;
  readonly #square: Float64Array;
  /** Throughput, reads per nanosecond. */
  readonly #rate: Float64Array;
  readonly #waitNs: Float64Array;
  /** Writes per nanosecond, their load in channels, and the second moment of their service. */
  #writeRate = 0;
  #writeLoad = 0;
  #writeSquare = 0;
  #wait: Wait = { meanNs: 0, probability: 0 };
  #writeShare = 1;
  #utilisation = 0;
  #requests = 0;

  /** `most`: the largest number of readers in one step. */
  constructor(config: DiskConfig, most: number) {
    this.#config = config;
    this.#threads = new Float64Array(most);
    this.#thinkNs = new Float64Array(most);
    this.#serviceNs = new Float64Array(most);
    this.#square = new Float64Array(most);
    this.#rate = new Float64Array(most);
    this.#waitNs = new Float64Array(most);
  }

  /** Factor on all service times from now on. */
  set slowness(factor: number) {
    this.#slowness = factor;
  }

  get slowness(): number {
    return this.#slowness;
  }

  get waitProbability(): number {
    return this.#wait.probability;
  }

  /** Mean wait in line of any request. */
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
    return this.#writeRate * this.#writeShare;
  }

  /** A host swap read: uncooperative, so one page at a random place. */
  get hostSwapReadNs(): number {
    return this.#config.service.randomReadNs * this.#slowness;
  }

  /** Forgets the demands of the step before. */
  begin(): void {
    this.#readers = 0;
    this.#writeRate = 0;
    this.#writeLoad = 0;
    this.#writeSquare = 0;
  }

  /** Adds a VM's readers; the answer is its number for `readsPerNs` and its like, -1 when it reads nothing. */
  addReaders(demand: StepDemand): number {
    const shares = demand.swapReadShare + demand.fileReadShare + demand.hostSwapReadShare;
    if (demand.threads === 0 || shares <= 0) return -1;
    const { randomReadNs, clusteredReadNs } = this.#config.service;
    const swapNs = demand.pagesPerSwapRead > 1 ? clusteredReadNs : randomReadNs;
    const fileNs = demand.pagesPerFileRead > 1 ? clusteredReadNs : randomReadNs;
    const spread = 1 + this.#config.variation * this.#config.variation;
    const [swap, file, host] = [demand.swapReadShare / shares, demand.fileReadShare / shares, demand.hostSwapReadShare / shares];
    const serviceNs = swap * swapNs + file * fileNs + host * randomReadNs;
    const square = swap * swapNs * swapNs + file * fileNs * fileNs + host * randomReadNs * randomReadNs;
    const reader = this.#readers++;
    this.#threads[reader] = demand.threads;
    this.#thinkNs[reader] = demand.thinkNs;
    this.#serviceNs[reader] = serviceNs * this.#slowness;
    this.#square[reader] = square * spread * this.#slowness * this.#slowness;
    this.#waitNs[reader] = this.#wait.meanNs;
    return reader;
  }

  /** Adds a flow of clustered writes. */
  addWrites(pagesPerS: number): void {
    if (pagesPerS <= 0) return;
    const writesPerNs = pagesPerS / this.#config.pagesPerClusteredWrite / NS_PER_S;
    const serviceNs = this.#config.service.clusteredWriteNs * this.#slowness;
    this.#writeRate += writesPerNs;
    this.#writeLoad += writesPerNs * serviceNs;
    this.#writeSquare += writesPerNs * serviceNs * serviceNs * (1 + this.#config.variation * this.#config.variation);
  }

  /** Finds throughputs and waits for all that was added. */
  solve(): void {
    this.#shareWrites();
    let iterations = 0;
    while (this.#iterate(iterations < FULL_STEPS ? 1 : 0.5) > TOLERANCE && iterations < MOST_ITERATIONS) iterations++;
    this.#sum();
  }

  readsPerNs(reader: number): number {
    return this.#rate[reader] as number;
  }

  /** Mean service time of this VM's reads. */
  serviceNs(reader: number): number {
    return this.#serviceNs[reader] as number;
  }

  /** Mean wait in line of this VM's reads. */
  readerWaitNs(reader: number): number {
    return this.#waitNs[reader] as number;
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#slowness);
    hasher.number(this.#wait.meanNs);
  }

  #shareWrites(): void {
    let readLoad = 0;
    for (let i = 0; i < this.#readers; i++) {
      const serviceNs = this.#serviceNs[i] as number;
      readLoad += ((this.#threads[i] as number) * serviceNs) / ((this.#thinkNs[i] as number) + serviceNs);
    }
    const { channels } = this.#config;
    const room = channels * MOST_WRITE_LOAD * Math.max(LEAST_WRITE_SHARE, 1 - readLoad / channels);
    this.#writeShare = this.#writeLoad <= room ? 1 : room / this.#writeLoad;
  }

  /** One round: throughputs from waits, waits from throughputs. Answers the largest relative change of a response time. */
  #iterate(step: number): number {
    let [customers, rate, think, load, square] = [0, 0, 0, 0, 0];
    for (let i = 0; i < this.#readers; i++) {
      const threads = this.#threads[i] as number;
      const serviceNs = this.#serviceNs[i] as number;
      const readsPerNs = threads / ((this.#thinkNs[i] as number) + serviceNs + (this.#waitNs[i] as number));
      this.#rate[i] = readsPerNs;
      customers += threads;
      rate += readsPerNs;
      think += readsPerNs * (this.#thinkNs[i] as number);
      load += readsPerNs * serviceNs;
      square += readsPerNs * (this.#square[i] as number);
    }
    const writeRate = this.#writeRate * this.#writeShare;
    const total: Flow = {
      rate,
      writeRate,
      think,
      load: load + this.#writeLoad * this.#writeShare,
      square: square + this.#writeSquare * this.#writeShare,
    };
    if (rate + writeRate === 0) {
      this.#wait = { meanNs: 0, probability: 0 };
      return 0;
    }
    return this.#spread(total, Math.max(0, customers - 1), step);
  }

  /** The aggregate's wait, and each VM's as it differs from it in first order. */
  #spread(total: Flow, others: number, step: number): number {
    const station = stationOf(this.#config, total, others, this.#wait.meanNs);
    solveStation(station, this.#wait);
    const waitNs = this.#wait.meanNs;
    const probe: Wait = { meanNs: 0, probability: 0 };
    solveStation({ ...station, serviceNs: station.serviceNs * 1.01 }, probe);
    const perService = (probe.meanNs - waitNs) / (0.01 * station.serviceNs);
    let perThink = 0;
    if (station.thinkNs > 0) {
      solveStation({ ...station, thinkNs: station.thinkNs * 1.01 }, probe);
      perThink = (probe.meanNs - waitNs) / (0.01 * station.thinkNs);
    }
    let change = 0;
    for (let i = 0; i < this.#readers; i++) {
      const own = (this.#rate[i] as number) / (this.#threads[i] as number);
      const rest = total.rate + total.writeRate - own;
      const restReads = total.rate - own;
      let seenNs = waitNs;
      if (restReads > 0.01 * own) {
        const serviceNs = (total.load - own * (this.#serviceNs[i] as number)) / rest;
        const thinkNs = (total.think - own * (this.#thinkNs[i] as number)) / restReads;
        seenNs += perService * (serviceNs - station.serviceNs) + perThink * (thinkNs - station.thinkNs);
      }
      seenNs = Math.min(4 * waitNs, Math.max(waitNs / 4, seenNs));
      const before = this.#waitNs[i] as number;
      change = Math.max(change, Math.abs(seenNs - before) / ((this.#serviceNs[i] as number) + before));
      this.#waitNs[i] = before + step * (seenNs - before);
    }
    return change;
  }

  #sum(): void {
    let [load, requests] = [this.#writeLoad * this.#writeShare, 0];
    for (let i = 0; i < this.#readers; i++) {
      load += (this.#rate[i] as number) * (this.#serviceNs[i] as number);
      requests += (this.#rate[i] as number) * (this.#waitNs[i] as number);
    }
    this.#utilisation = Math.min(1, load / this.#config.channels);
    this.#requests = load + requests + this.writesPerNs * this.#wait.meanNs;
  }
}

/** Flows through the device: rates per nanosecond, and service and think times weighted by them. */
interface Flow {
  readonly rate: number;
  readonly writeRate: number;
  readonly think: number;
  readonly load: number;
  readonly square: number;
}

function stationOf(config: DiskConfig, flow: Flow, others: number, waitNs: number): Station {
  const all = flow.rate + flow.writeRate;
  const serviceNs = flow.load / all;
  const variation2 = Math.max(0, flow.square / all / (serviceNs * serviceNs) - 1);
  const present = flow.load + all * waitNs;
  const readsPresent = flow.rate * (serviceNs + waitNs);
  return {
    channels: config.channels,
    queueing: config.queueing ?? "shared",
    serviceNs,
    variation2,
    others,
    thinkNs: flow.rate === 0 ? 0 : flow.think / flow.rate,
    closedShare: flow.writeRate === 0 ? 1 : readsPresent / present,
    openRate: flow.writeRate,
  };
}
