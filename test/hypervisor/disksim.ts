/** Event-by-event simulation of the disk's queueing network: the reference that the solution is checked against. */
import { Random } from "../../lib/engine/random.ts";

export interface SimClass {
  readonly threads: number;
  readonly thinkNs: number;
  readonly serviceNs: number;
}

export interface SimCase {
  readonly channels: number;
  readonly queueing: "shared" | "banks";
  /** Coefficient of variation of service times: 1 exponential, below it a lognormal. */
  readonly variation: number;
  readonly classes: readonly SimClass[];
  /** Open arrivals of writes. */
  readonly writesPerNs: number;
  readonly writeNs: number;
}

export interface SimResult {
  /** By class. */
  readonly responseNs: readonly number[];
  readonly readsPerNs: readonly number[];
  readonly utilisation: number;
  readonly requests: number;
}

interface Entry {
  atNs: number;
  /** -1: a write arrives; -2: a channel is done; else the thread whose think time is over. */
  thread: number;
  channel: number;
}

interface Waiting {
  thread: number;
  sinceNs: number;
}

const WRITE = -1;
const DONE = -2;

export function simulate(spec: SimCase, requests: number, seed: number): SimResult {
  return new Simulation(spec, seed).run(requests);
}

class Simulation {
  readonly spec: SimCase;
  readonly random: Random;
  readonly classOf: number[] = [];
  readonly heap: Entry[] = [];
  readonly lines: Waiting[][];
  readonly serving: (Waiting | undefined)[];
  readonly count: number[];
  readonly responseNs: number[];
  nowNs = 0;
  busyNs = 0;
  presentNs = 0;
  present = 0;
  busy = 0;

  constructor(spec: SimCase, seed: number) {
    this.spec = spec;
    this.random = new Random(seed, "disk", "simulation");
    spec.classes.forEach((entry, kind) => {
      for (let i = 0; i < entry.threads; i++) this.classOf.push(kind);
    });
    this.lines = Array.from({ length: spec.queueing === "banks" ? spec.channels : 1 }, () => []);
    this.serving = new Array(spec.channels).fill(undefined);
    this.count = spec.classes.map(() => 0);
    this.responseNs = spec.classes.map(() => 0);
  }

  run(requests: number): SimResult {
    this.classOf.forEach((_, thread) => {
      this.think(thread);
    });
    if (this.spec.writesPerNs > 0) this.nextWrite();
    let startNs = 0;
    for (let done = 0; done < requests * 1.1; ) {
      const entry = pop(this.heap) as Entry;
      this.advance(entry.atNs);
      if (entry.thread === DONE) {
        this.finish(entry.channel);
        done++;
        if (done === Math.floor(requests * 0.1)) startNs = this.reset();
      } else {
        if (entry.thread === WRITE) this.nextWrite();
        this.arrive(entry.thread);
      }
    }
    const spanNs = this.nowNs - startNs;
    return {
      responseNs: this.responseNs.map((sum, kind) => sum / (this.count[kind] as number)),
      readsPerNs: this.count.map((count) => count / spanNs),
      utilisation: this.busyNs / spanNs / this.spec.channels,
      requests: this.presentNs / spanNs,
    };
  }

  reset(): number {
    this.count.fill(0);
    this.responseNs.fill(0);
    this.busyNs = 0;
    this.presentNs = 0;
    return this.nowNs;
  }

  advance(atNs: number): void {
    this.busyNs += this.busy * (atNs - this.nowNs);
    this.presentNs += this.present * (atNs - this.nowNs);
    this.nowNs = atNs;
  }

  think(thread: number): void {
    const { thinkNs } = this.spec.classes[this.classOf[thread] as number] as SimClass;
    push(this.heap, { atNs: this.nowNs + this.random.exponential(thinkNs), thread, channel: 0 });
  }

  nextWrite(): void {
    push(this.heap, { atNs: this.nowNs + this.random.exponential(1 / this.spec.writesPerNs), thread: WRITE, channel: 0 });
  }

  arrive(thread: number): void {
    this.present++;
    const waiting = { thread, sinceNs: this.nowNs };
    const banks = this.spec.queueing === "banks";
    const channel = banks ? this.random.below(this.spec.channels) : this.serving.indexOf(undefined);
    if (channel >= 0 && this.serving[channel] === undefined) this.serve(channel, waiting);
    else (this.lines[banks ? channel : 0] as Waiting[]).push(waiting);
  }

  serve(channel: number, waiting: Waiting): void {
    this.serving[channel] = waiting;
    this.busy++;
    push(this.heap, { atNs: this.nowNs + this.service(waiting.thread), thread: DONE, channel });
  }

  service(thread: number): number {
    const { writeNs, classes, variation } = this.spec;
    const meanNs = thread === WRITE ? writeNs : (classes[this.classOf[thread] as number] as SimClass).serviceNs;
    if (variation === 1) return this.random.exponential(meanNs);
    const sigma2 = Math.log(1 + variation * variation);
    return meanNs * Math.exp(Math.sqrt(sigma2) * this.random.normal() - sigma2 / 2);
  }

  finish(channel: number): void {
    const { thread, sinceNs } = this.serving[channel] as Waiting;
    this.serving[channel] = undefined;
    this.busy--;
    this.present--;
    if (thread !== WRITE) {
      const kind = this.classOf[thread] as number;
      (this.count[kind] as number)++;
      (this.responseNs[kind] as number) += this.nowNs - sinceNs;
      this.think(thread);
    }
    const next = (this.lines[this.spec.queueing === "banks" ? channel : 0] as Waiting[]).shift();
    if (next !== undefined) this.serve(channel, next);
  }
}

function push(heap: Entry[], entry: Entry): void {
  let child = heap.length;
  heap.push(entry);
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if ((heap[parent] as Entry).atNs <= entry.atNs) break;
    heap[child] = heap[parent] as Entry;
    child = parent;
  }
  heap[child] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as Entry).atNs < (heap[child] as Entry).atNs) child++;
    if ((heap[child] as Entry).atNs >= last.atNs) break;
    heap[hole] = heap[child] as Entry;
    hole = child;
  }
  heap[hole] = last;
  return top;
}
