/**
 * Latencies of faults and of operations, drawn by strata so that few draws give smooth histograms.
 *
 * A fault takes the device's service time, with its spread, and with the grant's probability a wait of the grant's shape
 * (docs/model.md section 6).
 * An operation takes its think time and the faults among its touches, a binomial number.
 */
import { gamma } from "../../lib/engine/gamma.ts";
import type { Random } from "../../lib/engine/random.ts";
import { LatencyHistogram } from "../../lib/histogram.ts";
import { squareOf, waitAt } from "../../lib/waitshape.ts";

export interface FaultTiming {
  readonly serviceNs: number;
  /** Coefficient of variation of the service time, which is gamma distributed. */
  readonly serviceVariation: number;
  readonly waitProbability: number;
  readonly waitNs: number;
  /** Quantiles of the waits over their mean (lib/waitshape.ts). */
  readonly waitShape: readonly number[];
}

const FAULT_STRATA = 4;
const OPERATION_STRATA = 4;
/** Above this many faults an operation's sum of them is drawn from its normal limit. */
const FAULTS_ADDED_MAX = 8;
/** Above this expected number the count of faults is drawn from its normal limit. */
const FAULTS_COUNTED_MAX = 40;

export class Latencies {
  readonly faults = new LatencyHistogram();
  readonly operations = new LatencyHistogram();

  /** `count` faults that also waited `extraNs` for memory. */
  noteFaults(count: number, timing: FaultTiming, extraNs: number, random: Random): void {
    for (let stratum = 0; stratum < FAULT_STRATA; stratum++) {
      const u = (stratum + random.uniform()) / FAULT_STRATA;
      this.faults.add(drawn(timing, u, random) + extraNs, count / FAULT_STRATA);
    }
  }

  /** `count` operations of `thinkNs`, each of `touches` pages that fault with chance `p`. */
  noteOperations(count: number, thinkNs: number, touches: number, p: number, timing: FaultTiming, extraNs: number, random: Random): void {
    const none = p < 1 ? Math.exp(touches * Math.log(1 - p)) : 0;
    this.operations.add(thinkNs, count * none);
    const rest = count * (1 - none);
    if (rest <= 0) return;
    for (let stratum = 0; stratum < OPERATION_STRATA; stratum++) {
      const u = (stratum + random.uniform()) / OPERATION_STRATA;
      const faults = faultsAt(u, none, touches, p, random);
      this.operations.add(thinkNs + faults * extraNs + sumOf(faults, timing, random), rest / OPERATION_STRATA);
    }
  }
}

/** A fault's service, and the wait below which the share `u` of waits lies. */
function drawn(timing: FaultTiming, u: number, random: Random): number {
  const { waitProbability, waitNs, waitShape } = timing;
  const serviceNs = gamma(timing.serviceNs, timing.serviceVariation, random);
  const waited = u - (1 - waitProbability);
  if (waited <= 0 || waitProbability <= 0) return serviceNs;
  return serviceNs + waitNs * waitAt(waitShape, 1 - waited / waitProbability);
}

/** Number of faults at quantile `u` among operations that have at least one. */
function faultsAt(u: number, none: number, touches: number, p: number, random: Random): number {
  const mean = touches * p;
  if (mean > FAULTS_COUNTED_MAX) return Math.max(1, Math.min(touches, Math.round(mean + Math.sqrt(mean * (1 - p)) * random.normal())));
  if (p >= 1) return touches;
  const odds = p / (1 - p);
  let left = u * (1 - none);
  let chance = none;
  for (let faults = 1; faults < touches; faults++) {
    chance *= ((touches - faults + 1) / faults) * odds;
    left -= chance;
    if (left <= 0) return faults;
  }
  return Math.max(1, touches);
}

function sumOf(faults: number, timing: FaultTiming, random: Random): number {
  const { serviceNs, serviceVariation, waitProbability, waitNs, waitShape } = timing;
  if (faults <= FAULTS_ADDED_MAX) {
    let sum = 0;
    for (let i = 0; i < faults; i++) sum += drawn(timing, random.uniform(), random);
    return sum;
  }
  const mean = waitProbability * waitNs;
  const spreadNs = serviceVariation * serviceNs;
  const variance = spreadNs * spreadNs + waitProbability * (squareOf(waitShape) - waitProbability) * waitNs * waitNs;
  return faults * serviceNs + Math.max(0, faults * mean + Math.sqrt(faults * variance) * random.normal());
}
