/**
 * The host's one disk, solved for the demands of one step as a queueing network: per VM a closed population of readers, and open
 * flows of writeback (guests' swap-out and file writeback, the host's own swap-out). Clustered reads of all channels share the
 * device's bandwidth; random ones, which were measured at depth, are what the channels make of them.
 *
 * When reads and writes together would fill the device, writes get what reads leave, but never less than a third of it, as
 * mq-deadline's `writes_starved` of 2 gives them (Linux block/mq-deadline.c): readers wait for their data, writers do not. Every
 * write flow is cut by the same factor.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import type { StepDemand } from "../../lib/wire/messages.ts";
import type { Customers } from "./customers.ts";
import { MOST_CLASSES, Readers } from "./readers.ts";
import type { WaitLaw } from "./waitlaw.ts";
import { Waits } from "./waits.ts";

const NS_PER_S = 1e9;
/** Pages of the clustered read whose service time is configured: vm.page-cluster of 3. */
const MEASURED_PAGES = 8;
const LEAST_WRITE_SHARE = 1 / 3;
/** Writers keep their line bounded (dirty limits, nr_requests), which an open flow can not: it stops short of full load. */
const MOST_WRITE_LOAD = 0.95;

export class Disk {
  readonly #config: DiskConfig;
  readonly #readers: Readers;
  readonly #waits: Waits;
  #slowness = 1;
  /** Writes per nanosecond that are asked. */
  #asked = 0;
  /** Number of the class of writes, after those of reads. */
  #writes = 0;
  #writeShare = 1;
  #utilisation = 0;
  #requests = 0;

  /** `most`: the largest number of readers in one step. */
  constructor(config: DiskConfig, most: number) {
    this.#config = config;
    this.#readers = new Readers(most);
    this.#waits = new Waits(config, MOST_CLASSES + 1);
  }

  /** Factor on all service times from now on. */
  set slowness(factor: number) {
    this.#slowness = factor;
  }

  /** Mean wait in line of a write. */
  get writeWaitNs(): number {
    return this.writesPerNs > 0 ? this.#waits.law(this.#writes).meanNs : 0;
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
    return this.#asked * this.#writeShare;
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
    const { variation } = this.#config;
    return Math.sqrt(Math.max(0, this.#readers.unlikeness(reader) * (1 + variation * variation) - 1));
  }

  /** Mean wait in line of a reader's reads. */
  readerWaitNs(reader: number): number {
    return this.#readers.waitNs(reader);
  }

  /** How a reader's reads wait, but for the mean. */
  readerWait(reader: number): WaitLaw {
    return this.#waits.law(this.#readers.mainClass(reader));
  }

  /** Forgets the demands of the step before. */
  begin(): void {
    this.#readers.begin(this.#config.service.randomReadNs * this.#slowness);
    this.#asked = 0;
  }

  /** Adds what a VM reads; the answer is its reader's number, -1 when it reads nothing. */
  addReads(demand: StepDemand): number {
    const { swapReadShare, fileReadShare, hostSwapReadShare, pagesPerSwapRead, pagesPerFileRead } = demand;
    const shares = swapReadShare + fileReadShare + hostSwapReadShare;
    if (demand.threads === 0 || shares <= 0) return -1;
    const swapShare = pagesPerSwapRead > 1 ? swapReadShare : 0;
    const fileShare = pagesPerFileRead > 1 ? fileReadShare : 0;
    const clustered = swapShare + fileShare;
    if (clustered === 0) return this.#readers.add(demand.threads, demand.thinkNs, 1, 0, 0);
    const pages = (swapShare * pagesPerSwapRead + fileShare * pagesPerFileRead) / clustered;
    const clusteredNs = (swapShare * this.#clusterNs(pagesPerSwapRead) + fileShare * this.#clusterNs(pagesPerFileRead)) / clustered;
    return this.#readers.add(demand.threads, demand.thinkNs, (shares - clustered) / shares, clusteredNs, pages);
  }

  /** Service time of a read of so many pages in a row: it differs from the measured one by their transfer, and takes at least that. */
  #clusterNs(pages: number): number {
    const { clusteredReadNs, transferNs } = this.#config.service;
    return Math.max(clusteredReadNs + (pages - MEASURED_PAGES) * transferNs, pages * transferNs) * this.#slowness;
  }

  /** Adds a flow of clustered writes. */
  addWrites(pagesPerS: number): void {
    if (pagesPerS > 0) this.#asked += pagesPerS / this.#config.pagesPerClusteredWrite / NS_PER_S;
  }

  /** Finds throughputs and waits for all that was added. */
  solve(): void {
    const { channels, service } = this.#config;
    const writeNs = service.clusteredWriteNs * this.#slowness;
    const room = channels * MOST_WRITE_LOAD * Math.max(LEAST_WRITE_SHARE, 1 - this.#readers.unhinderedLoad() / channels);
    this.#writeShare = this.#asked * writeNs <= room ? 1 : room / (this.#asked * writeNs);
    const classes: Customers[] = this.#readers.classes();
    this.#writes = classes.length;
    if (this.#asked > 0) classes.push({ threads: 0, thinkNs: 0, serviceNs: writeNs, perNs: this.writesPerNs });
    this.#waits.solve(classes);
    this.#readers.take(this.#waits, service.transferNs * this.#slowness);
    const { load, present } = this.#readers.totals();
    this.#utilisation = Math.min(1, (load + this.writesPerNs * writeNs) / channels);
    this.#requests = present + this.writesPerNs * (writeNs + this.writeWaitNs);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#slowness);
    this.#waits.digest(hasher);
  }
}
