/**
 * The devices of an experiment, as one guest's threads meet them: one vCPU that every page read needs, a swap disk and a data
 * disk, each with its throttle. Exact mean-value analysis of a closed network of three single servers (Reiser and Lavenberg 1980).
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

/** Writes queue up by hundreds, readers by their few threads: a first-come throttle gives writes what they ask, here to half. */
const MOST_WRITES = 0.5;

export function serve(demand: Readonly<StepDemand>, limits: Limits, parameters: Parameters): Answer {
  const swap = writesOf(demand.swapWritePagesPerS, limits.swapIops, parameters);
  const data = writesOf(demand.fileWritePagesPerS, limits.dataIops, parameters);
  const asked = demand.swapWritePagesPerS + demand.fileWritePagesPerS;
  const carried = demand.swapWritePagesPerS * swap.share + demand.fileWritePagesPerS * data.share;
  const writeShare = asked > 0 ? carried / asked : 1;
  const stations = [
    { visitsNs: parameters.faultCpuNs },
    { visitsNs: (demand.swapReadShare + demand.hostSwapReadShare) * operationNs(limits.swapIops, swap.perS, parameters) },
    { visitsNs: demand.fileReadShare * operationNs(limits.dataIops, data.perS, parameters) },
  ];
  return { ...closed(demand.threads, demand.thinkNs, stations), writeShare };
}

/** Write operations carried per second, and the share of the asked pages that they are. */
function writesOf(pagesPerS: number, iops: number | undefined, parameters: Parameters): { perS: number; share: number } {
  if (pagesPerS <= 0) return { perS: 0, share: 1 };
  const most = Math.min(
    parameters.writePagesPerS,
    iops === undefined ? Number.POSITIVE_INFINITY : MOST_WRITES * iops * parameters.pagesPerWrite,
  );
  const carried = Math.min(pagesPerS, most);
  return { perS: carried / parameters.pagesPerWrite, share: carried / pagesPerS };
}

/** Service time of one read at a throttled device that also carries writes. */
function operationNs(iops: number | undefined, writesPerS: number, parameters: Parameters): number {
  return iops === undefined ? parameters.deviceNs : Math.max(parameters.deviceNs, 1e9 / (iops - writesPerS));
}

function closed(threads: number, thinkNs: number, stations: readonly { visitsNs: number }[]): { readsPerS: number; responseNs: number } {
  const present = stations.map(() => 0);
  let [perNs, responseNs] = [0, stations.reduce((sum, { visitsNs }) => sum + visitsNs, 0)];
  for (let n = 1; n <= threads; n++) {
    const responses = stations.map(({ visitsNs }, i) => visitsNs * (1 + (present[i] as number)));
    responseNs = responses.reduce((sum, ns) => sum + ns, 0);
    perNs = n / (thinkNs + responseNs);
    for (const [i, ns] of responses.entries()) present[i] = perNs * ns;
  }
  return { readsPerS: perNs * 1e9, responseNs };
}
