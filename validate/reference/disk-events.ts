/**
 * The disk, request by request: channels, a line, closed populations that think, and open flows.
 *
 * It shares no code with the model: an event list and nothing else. Times in nanoseconds.
 */

import { gamma } from "../../lib/engine/gamma.ts";
import { Random } from "../../lib/engine/random.ts";
import { DueHeap, type Request } from "./due-heap.ts";

export interface Population {
  readonly threads: number;
  /** Mean of the exponential time between an answer and the next request. */
  readonly thinkNs: number;
  readonly serviceNs: number;
}

export interface OpenFlow {
  readonly perS: number;
  readonly serviceNs: number;
}

export interface DiskRun {
  readonly channels: number;
  /** Shared: one line for all channels. Banks: each request at the channel, drawn at random, that holds its data. */
  readonly queueing: "shared" | "banks";
  /** Coefficient of variation of the gamma-distributed service times. */
  readonly variation: number;
  /** Channels, each drawn at random, that a request visits in turn for an equal part of its service (absent: 1). */
  readonly stripes?: number;
  readonly populations: readonly Population[];
  readonly flows: readonly OpenFlow[];
  /** Requests to measure, after a tenth of as many to warm up. */
  readonly requests: number;
  readonly seed: number;
}

export interface StreamResult {
  readonly perS: number;
  readonly meanNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly waited: number;
}

export interface DiskResult {
  readonly populations: readonly StreamResult[];
  readonly flows: readonly StreamResult[];
  readonly utilisation: number;
}

export function simulateDisk(run: DiskRun): DiskResult {
  return new EventDisk(run).result();
}

class EventDisk {
  readonly #run: DiskRun;
  readonly #random: Random;
  readonly #due = new DueHeap();
  readonly #lines: Request[][];
  readonly #heads: number[];
  readonly #busy: boolean[];
  readonly #latencies: number[][];
  readonly #waits: number[];
  #nowNs = 0;
  #busyChannels = 0;
  #busyNs = 0;
  #fromNs = 0;

  constructor(run: DiskRun) {
    this.#run = run;
    this.#random = new Random(run.seed, "disk-events", "all");
    const lines = run.queueing === "shared" ? 1 : run.channels;
    this.#lines = Array.from({ length: lines }, () => []);
    this.#heads = new Array<number>(lines).fill(0);
    this.#busy = new Array<boolean>(run.channels).fill(false);
    const streams = run.populations.length + run.flows.length;
    this.#latencies = Array.from({ length: streams }, () => []);
    this.#waits = new Array<number>(streams).fill(0);
  }

  result(): DiskResult {
    const { populations, flows, requests } = this.#run;
    populations.forEach((population, stream) => {
      for (let i = 0; i < population.threads; i++) this.#arriveAfter(stream, this.#random.exponential(population.thinkNs));
    });
    flows.forEach((_, i) => void this.#nextOpen(populations.length + i));
    this.#runRequests(Math.ceil(requests / 10));
    for (const latencies of this.#latencies) latencies.length = 0;
    this.#waits.fill(0);
    this.#busyNs = 0;
    this.#fromNs = this.#nowNs;
    this.#runRequests(requests);
    const spanNs = this.#nowNs - this.#fromNs;
    const results = this.#latencies.map((latencies, i) => summary(latencies, this.#waits[i] as number, spanNs));
    return {
      populations: results.slice(0, populations.length),
      flows: results.slice(populations.length),
      utilisation: this.#busyNs / spanNs / this.#run.channels,
    };
  }

  #runRequests(count: number): void {
    for (let left = count; left > 0; ) {
      const event = this.#due.pop();
      this.#busyNs += this.#busyChannels * (event.atNs - this.#nowNs);
      this.#nowNs = event.atNs;
      if (event.request === undefined) this.#arrive(event.stream);
      else {
        if (event.request.visits === 1) left--;
        this.#finish(event.request, event.channel);
      }
    }
  }

  #arrive(stream: number): void {
    const { populations } = this.#run;
    if (stream >= populations.length) this.#nextOpen(stream);
    this.#enter({ stream, arrivedNs: this.#nowNs, visits: this.#run.stripes ?? 1, waited: false });
  }

  #enter(request: Request): void {
    const { queueing, channels } = this.#run;
    const line = queueing === "shared" ? 0 : this.#random.below(channels);
    const channel = queueing === "shared" ? this.#busy.indexOf(false) : line;
    if (channel >= 0 && !this.#busy[channel]) this.#serve(request, channel);
    else {
      request.waited = true;
      (this.#lines[line] as Request[]).push(request);
    }
  }

  #serve(request: Request, channel: number): void {
    const { populations, flows, variation, stripes = 1 } = this.#run;
    const of = populations[request.stream] ?? flows[request.stream - populations.length];
    this.#busy[channel] = true;
    this.#busyChannels++;
    const atNs = this.#nowNs + gamma((of as Population | OpenFlow).serviceNs / stripes, variation * Math.sqrt(stripes), this.#random);
    this.#due.push({ atNs, stream: request.stream, channel, request });
  }

  #finish(request: Request, channel: number): void {
    this.#busy[channel] = false;
    this.#busyChannels--;
    request.visits--;
    if (request.visits === 0) this.#leave(request);
    this.#serveNext(channel);
    if (request.visits > 0) this.#enter(request);
  }

  #serveNext(channel: number): void {
    const line = this.#run.queueing === "shared" ? 0 : channel;
    const [waiting, head] = [this.#lines[line] as Request[], this.#heads[line] as number];
    if (head === waiting.length) return;
    this.#heads[line] = head + 1;
    const next = waiting[head] as Request;
    if (head > 1024 && head * 2 > waiting.length) {
      waiting.splice(0, head + 1);
      this.#heads[line] = 0;
    }
    this.#serve(next, channel);
  }

  #leave({ stream, arrivedNs, waited }: Request): void {
    (this.#latencies[stream] as number[]).push(this.#nowNs - arrivedNs);
    if (waited) (this.#waits[stream] as number)++;
    const population = this.#run.populations[stream];
    if (population !== undefined) this.#arriveAfter(stream, this.#random.exponential(population.thinkNs));
  }

  #nextOpen(stream: number): void {
    const flow = this.#run.flows[stream - this.#run.populations.length] as OpenFlow;
    this.#arriveAfter(stream, this.#random.exponential(1e9 / flow.perS));
  }

  #arriveAfter(stream: number, delayNs: number): void {
    this.#due.push({ atNs: this.#nowNs + delayNs, stream, channel: -1, request: undefined });
  }
}

function summary(latencies: number[], waits: number, spanNs: number): StreamResult {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const n = sorted.length;
  const meanNs = n === 0 ? 0 : sorted.reduce((sum, x) => sum + x, 0) / n;
  return { perS: (n / spanNs) * 1e9, meanNs, p50Ns: at(0.5), p99Ns: at(0.99), waited: n === 0 ? 0 : waits / n };
}
