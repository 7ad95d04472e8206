/** The model's own disk and latencies, asked as the hypervisor and a guest ask them. */
import { Random } from "../lib/engine/random.ts";
import { boundsOf } from "../lib/histogram.ts";
import type { DiskConfig } from "../lib/scenario/scenario.ts";
import type { StepDemand } from "../lib/wire/messages.ts";
import { type FaultTiming, Latencies } from "../services/guest/latency.ts";
import { Disk } from "../services/hypervisor/disk.ts";

export interface Readers {
  readonly threads: number;
  readonly thinkNs: number;
  /** Reads of several pages in a row. */
  readonly clustered: boolean;
}

export interface ModelReads {
  readonly perS: number;
  readonly responseNs: number;
  /** The latency below which this share of the reads lies, as a guest draws it. */
  readonly quantileNs: (share: number) => number;
}

export interface ModelDisk {
  readonly reads: readonly ModelReads[];
  readonly utilisation: number;
  readonly writeWaitNs: number;
}

/** A device whose operations all take the same mean time, one page each. */
export function simpleDisk(channels: number, serviceNs: number, variation: number): DiskConfig {
  return {
    channels,
    service: { randomReadNs: serviceNs, clusteredReadNs: serviceNs, transferNs: 0, clusteredWriteNs: serviceNs },
    variation,
    pagesPerClusteredWrite: 1,
  };
}

/** Solves the disk for one VM per population and one flow of clustered writes. */
export function modelDisk(config: DiskConfig, populations: readonly Readers[], writePagesPerS: number): ModelDisk {
  const disk = new Disk(config, Math.max(1, populations.length));
  disk.begin();
  const readers = populations.map((population) => disk.addReads(demandOf(population)));
  disk.addWrites(writePagesPerS);
  disk.solve();
  return {
    utilisation: disk.utilisation,
    writeWaitNs: disk.writeWaitNs,
    reads: readers.map((reader) => readsOf(disk, reader)),
  };
}

function demandOf({ threads, thinkNs, clustered }: Readers): StepDemand {
  return {
    hostEpoch: 1,
    step: 0,
    wantedTotalPages: 0,
    releasedTotalPages: 0,
    evictedSeenTotalPages: 0,
    threads,
    thinkNs,
    swapReadShare: 1,
    fileReadShare: 0,
    hostSwapReadShare: 0,
    pagesPerSwapRead: clustered ? 8 : 1,
    pagesPerFileRead: 1,
    swapWritePagesPerS: 0,
    fileWritePagesPerS: 0,
    hostSwappedPages: 0,
    hostReadTotalPages: 0,
  };
}

function readsOf(disk: Disk, reader: number): ModelReads {
  const [serviceNs, meanWaitNs] = [disk.serviceNs(reader), disk.readerWaitNs(reader)];
  const { probability: waitProbability, shape } = disk.readerWait(reader);
  const waitNs = waitProbability > 0 ? meanWaitNs / waitProbability : 0;
  const timing: FaultTiming = {
    serviceNs,
    serviceVariation: disk.variation(reader),
    waitProbability,
    waitNs,
    waitShape: Array.from(shape),
  };
  let quantiles: ((share: number) => number) | undefined;
  return {
    perS: disk.readsPerNs(reader) * 1e9,
    responseNs: serviceNs + meanWaitNs,
    quantileNs: (share) => {
      quantiles ??= drawn(timing);
      return quantiles(share);
    },
  };
}

const DRAWS = 20_000;

/** Quantiles of the latency histogram that a guest would send; evenly spread within a bucket. */
function drawn(timing: FaultTiming): (share: number) => number {
  const latencies = new Latencies();
  const random = new Random(1, "validate", "latencies");
  for (let i = 0; i < DRAWS; i++) latencies.noteFaults(1, timing, 0, random);
  const { bucket, count } = latencies.faults.take();
  const total = count.reduce((sum, n) => sum + n, 0);
  return (share) => {
    let below = 0;
    for (const [i, n] of count.entries()) {
      const { lowNs, highNs } = boundsOf(bucket[i] as number);
      if (below + n >= share * total) return lowNs + ((share * total - below) / n) * (highNs - lowNs);
      below += n;
    }
    return boundsOf(bucket[bucket.length - 1] as number).highNs;
  };
}
