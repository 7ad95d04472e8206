/**
 * The devices of an experiment, as one guest's threads meet them: a swap disk and a data disk, each served from the host's page
 * cache. Without throttles they are a closed network of single servers, solved exactly by mean values (Reiser and Lavenberg 1980).
 *
 * A throttle is QEMU's leaky bucket (util/throttle.c): it holds a tenth of a second's operations, so that it limits the rate and
 * not the single operation, and it takes what comes first.
 */
import type { StepDemand } from "../../lib/wire/messages.ts";
import type { Parameters } from "./parameters.ts";

export interface Limits {
  /** Operations per second, reads and writes together; undefined: no throttle. */
  readonly swapIops: number | undefined;
  readonly dataIops: number | undefined;
}

export interface Answer {
  readonly readsPerS: number;
  readonly responseNs: number;
  readonly writeShare: number;
}

/** Time over which the writes that are asked for queue up: the bucket, and a step. */
const QUEUE_S = 0.1;

export function serve(demand: Readonly<StepDemand>, limits: Limits, parameters: Parameters): Answer {
  const { threads, thinkNs, swapWritePagesPerS, fileWritePagesPerS } = demand;
  const swap = {
    share: demand.swapReadShare + demand.hostSwapReadShare,
    ...writesOf(swapWritePagesPerS, limits.swapIops, demand, parameters.pagesPerWrite),
  };
  const data = { share: demand.fileReadShare, ...writesOf(fileWritePagesPerS, limits.dataIops, demand, parameters.filePagesPerWrite) };
  const free = closed(threads, thinkNs, [{ visitsNs: swap.share * parameters.deviceNs }, { visitsNs: data.share * parameters.deviceNs }]);
  const readsPerS = [swap, data].reduce((least, { share, readsPerS: left }) => (share > 0 ? Math.min(least, left / share) : least), free);
  const asked = swapWritePagesPerS + fileWritePagesPerS;
  return {
    readsPerS,
    responseNs: readsPerS > 0 ? threads / (readsPerS / 1e9) - thinkNs : 0,
    writeShare: asked > 0 ? (swap.pagesPerS + data.pagesPerS) / asked : 1,
  };
}

/** Pages written per second, and the reads that the throttle has left. */
function writesOf(
  pagesPerS: number,
  iops: number | undefined,
  { threads }: Readonly<StepDemand>,
  pagesPerWrite: number,
): { readonly pagesPerS: number; readonly readsPerS: number } {
  if (iops === undefined) return { pagesPerS, readsPerS: Number.POSITIVE_INFINITY };
  const asked = pagesPerS / pagesPerWrite;
  const queued = asked * QUEUE_S;
  // First come, first served: beside the writes in the queue stand the threads, each with one read.
  const operations = Math.min(asked, (iops * queued) / (queued + threads || 1));
  return { pagesPerS: operations * pagesPerWrite, readsPerS: iops - operations };
}

/** Reads per second of `threads` threads that think and then visit each station. */
function closed(threads: number, thinkNs: number, stations: readonly { visitsNs: number }[]): number {
  const present = stations.map(() => 0);
  let perNs = 0;
  for (let n = 1; n <= threads; n++) {
    const responses = stations.map(({ visitsNs }, i) => visitsNs * (1 + (present[i] as number)));
    perNs = n / (thinkNs + responses.reduce((sum, ns) => sum + ns, 0));
    for (const [i, ns] of responses.entries()) present[i] = perNs * ns;
  }
  return perNs * 1e9;
}
