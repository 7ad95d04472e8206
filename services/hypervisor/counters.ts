/** What the host counts between two samples for the monitor. */
import type { Context, LinkCounters } from "../../lib/engine/actor.ts";
import type { HostSample } from "../../lib/wire/messages.ts";
import type { PoolSample } from "./compressedpool.ts";
import type { Disk } from "./disk.ts";
import type { Ledger } from "./ledger.ts";

export class HostCounters {
  #sinceNs = 0;
  #swapInPages = 0;
  #swapOutPages = 0;
  #reads = 0;
  #writes = 0;
  #busyNs = 0;
  #queueNs = 0;
  /** Of the step that runs: since when it is counted, until when at most, and what the disk does per nanosecond. */
  #countedNs = 0;
  #stepEndNs = 0;
  #readsPerNs = 0;
  #writesPerNs = 0;
  #busyChannels = 0;
  #requests = 0;
  #before: LinkCounters = { sent: 0, received: 0, refused: 0, missed: 0, latencyNs: 0 };

  begin(nowNs: number): void {
    this.#sinceNs = nowNs;
  }

  swappedIn(pages: number): void {
    this.#swapInPages += pages;
  }

  swappedOut(pages: number): void {
    this.#swapOutPages += pages;
  }

  /** A step begins, for which the disk is solved: what it does is counted as time goes by, for `stepNs` at most. */
  step(disk: Disk, channels: number, nowNs: number, stepNs: number): void {
    this.#count(nowNs);
    this.#countedNs = nowNs;
    this.#stepEndNs = nowNs + stepNs;
    this.#readsPerNs = 0;
    this.#writesPerNs = disk.writesPerNs;
    this.#busyChannels = disk.utilisation * channels;
    this.#requests = disk.requests;
  }

  /** Reads of this step. */
  reads(perNs: number): void {
    this.#readsPerNs += perNs;
  }

  /** The sample of the interval that ends now; a new one begins. Fractions of pages and nanoseconds stay for the next. */
  take(
    ledger: Ledger,
    rest: Pick<HostSample, "hostEpoch" | "state" | "swappedPages" | "diskChannels" | "targetsSet" | "sharingPages"> & PoolSample,
    context: Context,
  ): HostSample {
    const { nowNs, counters } = context;
    this.#count(nowNs);
    const intervalNs = nowNs - this.#sinceNs;
    const swapInPages = Math.floor(this.#swapInPages);
    const [diskBusyNs, diskQueueNs] = [Math.floor(this.#busyNs), Math.floor(this.#queueNs)];
    const sample: HostSample = {
      ...rest,
      intervalNs,
      machinePages: ledger.size.machinePages,
      reservedPages: ledger.size.reservedPages + ledger.overheadPages,
      residentPages: ledger.residentPages,
      freePages: ledger.freePages,
      sharedPages: ledger.sharedPages,
      poolPages: ledger.poolPages,
      leases: ledger.leases,
      swapInPages,
      swapOutPages: this.#swapOutPages,
      diskReads: this.#reads,
      diskWrites: this.#writes,
      diskBusyNs,
      diskQueueNs,
      lagNs: context.takeLagNs(),
      messagesSent: counters.sent - this.#before.sent,
      messagesReceived: counters.received - this.#before.received,
      messagesRefused: counters.refused - this.#before.refused,
      messagesMissed: counters.missed - this.#before.missed,
      messageLatencyNs: counters.latencyNs - this.#before.latencyNs,
    };
    this.#before = { ...counters };
    this.#sinceNs = nowNs;
    this.#swapInPages -= swapInPages;
    this.#swapOutPages = 0;
    this.#reads = 0;
    this.#writes = 0;
    this.#busyNs -= diskBusyNs;
    this.#queueNs -= diskQueueNs;
    return sample;
  }

  /** The disk works as solved until now, or until the step is over. */
  #count(nowNs: number): void {
    const spanNs = Math.max(0, Math.min(nowNs, this.#stepEndNs) - this.#countedNs);
    this.#countedNs += spanNs;
    this.#reads += this.#readsPerNs * spanNs;
    this.#writes += this.#writesPerNs * spanNs;
    this.#busyNs += this.#busyChannels * spanNs;
    this.#queueNs += this.#requests * spanNs;
  }
}
