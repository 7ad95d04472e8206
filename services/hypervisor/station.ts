/**
 * How long a request waits at the device, by the arrival theorem: an arriving customer of a closed network sees it as it is
 * with one customer fewer (Sevcik and Mitrani 1981; Reiser and Lavenberg 1980).
 *
 * The number of requests at the device is a birth-death chain: each of the other customers comes back after its think time,
 * an open flow comes besides, and j requests leave at the rate of the discipline. For one class and exponential service that is
 * exact (the machine repairman; without customers M/M/c). The chain is summed outwards from its mode, so a station with
 * ten thousand customers costs a few hundred terms.
 */

export interface Station {
  readonly channels: number;
  /** Shared: one line for all channels. Banks: each request at the channel that it needs. */
  readonly queueing: "shared" | "banks";
  readonly serviceNs: number;
  /** Squared coefficient of variation of the service time. */
  readonly variation2: number;
  /** Closed customers beside the arriving one. */
  readonly others: number;
  readonly thinkNs: number;
  /** Share of the requests at the device that belong to closed customers. */
  readonly closedShare: number;
  /** Open arrivals per nanosecond; their load is below the number of channels. */
  readonly openRate: number;
}

export interface Wait {
  /** Mean wait in line of an arriving request, without its service. */
  meanNs: number;
  /** Chance that it waits at all. */
  probability: number;
}

/** Terms below this share of the largest are left out. */
const NEGLIGIBLE = 1e-11;
/** A think time of nothing would make the chain's rates infinite. */
const LEAST_THINK = 1e-7;

/** Rate at which one of j requests leaves, in channels: shared min(j, c); banks j c / (c + j - 1), which is the law above. */
function rate(station: Station, j: number): number {
  if (station.queueing === "shared") return Math.min(j, station.channels);
  return (j * station.channels) / (j + station.channels - 1);
}

/** Expected arrivals into state j for each departure from state j + 1. */
function ratio(station: Station, j: number, thinkNs: number): number {
  const thinking = Math.max(0, station.others - station.closedShare * j);
  return ((thinking / thinkNs + station.openRate) * station.serviceNs) / rate(station, j + 1);
}

/** The state from which the chain falls off on both sides. */
function mode(station: Station, thinkNs: number): number {
  let low = 0;
  let high = 1;
  while (ratio(station, high, thinkNs) > 1) {
    low = high;
    high *= 2;
  }
  if (ratio(station, 0, thinkNs) <= 1) return 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ratio(station, middle, thinkNs) > 1) low = middle;
    else high = middle;
  }
  return high;
}

/** Solves the station for exponential service, then corrects for its variation. */
export function solveStation(station: Station, wait: Wait): void {
  const thinkNs = Math.max(station.thinkNs, station.serviceNs * LEAST_THINK);
  const middle = mode(station, thinkNs);
  let total = 0;
  let waiting = 0;
  let line = 0;
  const add = (j: number, weight: number): void => {
    total += weight;
    const chance = waitChance(station, j);
    waiting += weight * chance;
    line += weight * lineAhead(station, j);
  };
  add(middle, 1);
  let weight = 1;
  for (let j = middle; weight > NEGLIGIBLE; j++) {
    weight *= ratio(station, j, thinkNs);
    if (weight <= 0) break;
    add(j + 1, weight);
  }
  weight = 1;
  for (let j = middle; j > 0 && weight > NEGLIGIBLE; j--) {
    weight /= ratio(station, j - 1, thinkNs);
    add(j - 1, weight);
  }
  wait.probability = waiting / total;
  wait.meanNs = (line / total) * station.serviceNs;
  if (station.queueing === "shared") varied(station, wait);
}

function waitChance(station: Station, j: number): number {
  if (station.queueing === "shared") return j >= station.channels ? 1 : 0;
  return j / (j + station.channels - 1 || 1);
}

/** Services that pass before the arriving request's turn, in units of the service time. */
function lineAhead(station: Station, j: number): number {
  if (station.queueing === "shared") return Math.max(0, j - station.channels + 1) / station.channels;
  return j / station.channels;
}

/**
 * Service that is more or less regular than exponential shortens or lengthens the wait by phi at the same load (Cosmetatos 1976 for
 * M/D/c, Tijms' interpolation); in a closed network a shorter wait also brings the customers back sooner. With the wait of the
 * exponential station as one point of W(load) = phi g / (1 - load), both together are one quadratic equation.
 */
function varied(station: Station, wait: Wait): void {
  if (station.variation2 === 1 || wait.meanNs <= 0) return;
  const { channels, serviceNs } = station;
  const exponentialNs = wait.meanNs;
  const idle = Math.min(1, (wait.probability * serviceNs) / channels / exponentialNs);
  const deterministic = Math.min(
    channels / (channels + 1),
    0.5 * (1 + (idle * (channels - 1) * (Math.sqrt(4 + 5 * channels) - 2)) / (16 * channels * Math.max(1 - idle, 1e-9))),
  );
  const phi = station.variation2 + (1 - station.variation2) * deterministic;
  const cycleNs = station.others === 0 ? Number.POSITIVE_INFINITY : station.thinkNs + serviceNs + exponentialNs;
  if (cycleNs === Number.POSITIVE_INFINITY) {
    wait.meanNs = phi * exponentialNs;
    return;
  }
  const b = idle * cycleNs - exponentialNs - phi * exponentialNs * idle;
  const c = -phi * exponentialNs * idle * (cycleNs - exponentialNs);
  wait.meanNs = (-b + Math.sqrt(b * b - 4 * c)) / 2;
}
