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

  reads(operations: number): void {
    this.#reads += operations;
  }

  /** The disk worked as solved for this long. */
  disk(disk: Disk, channels: number, spanNs: number): void {
    this.#writes += disk.writesPerNs * spanNs;
    this.#busyNs += disk.utilisation * channels * spanNs;
    this.#queueNs += disk.requests * spanNs;
  }

  /** The sample of the interval that ends now; a new one begins. Fractions of pages and nanoseconds stay for the next. */
  take(
    ledger: Ledger,
    rest: Pick<HostSample, "hostEpoch" | "state" | "swappedPages" | "diskChannels" | "targetsSet" | "sharingPages"> & PoolSample,
    context: Context,
  ): HostSample {
    const { nowNs, counters } = context;
    const intervalNs = nowNs - this.#sinceNs;
    const [swapInPages, diskQueueNs] = [Math.floor(this.#swapInPages), Math.floor(this.#queueNs)];
    // The last step was solved to its end, which may lie after now: a disk is never busier than the interval is long.
    const diskBusyNs = Math.min(Math.floor(this.#busyNs), intervalNs * rest.diskChannels);
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
}
