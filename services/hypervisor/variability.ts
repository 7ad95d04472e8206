/**
 * What regular or irregular service times do to a wait that was found for exponential ones.
 *
 * Service that varies less or more shortens or lengthens the wait by phi at the same load (Cosmetatos 1976 for M/D/c, Tijms'
 * interpolation); in a closed network a shorter wait also brings the customers back sooner, which raises the load. With the
 * exponential station as one point of W(load) = phi g / (1 - load), both together are one quadratic equation.
 */
import type { Load } from "./station.ts";

/** Factor on the wait `waitNs` of the exponential station. */
export function waitFactor(channels: number, load: Load, waitNs: number): number {
  if (load.variation2 === 1 || waitNs <= 0) return 1;
  const cycleNs = load.thinkNs + load.serviceNs + waitNs;
  const perChannel = load.serviceNs / channels;
  const open = load.openRate * perChannel;
  const closed = load.others === 0 ? 0 : ((load.others + 1) / cycleNs) * perChannel;
  const idle = Math.max(0, 1 - open - closed);
  const shorter = phi(channels, idle, load.variation2) * waitNs * idle;
  const a = 1 - open;
  const b = a * (cycleNs - waitNs) - closed * cycleNs - shorter;
  const c = -shorter * (cycleNs - waitNs);
  return (-b + Math.sqrt(b * b - 4 * a * c)) / (2 * a) / waitNs;
}

/** The wait of M/G/c over that of M/M/c at the same load. */
function phi(channels: number, idle: number, variation2: number): number {
  const light = channels / (channels + 1);
  const excess = (idle * (channels - 1) * (Math.sqrt(4 + 5 * channels) - 2)) / (16 * channels * Math.max(1 - idle, 1e-9));
  const deterministic = Math.min(light, 0.5 * (1 + excess));
  return variation2 + (1 - variation2) * deterministic;
}
