/**
 * oVirt MOM's balloon rules (oVirt/mom doc/balloon.rules) and what vdsm changes in them
 * (vdsm static/etc/vdsm/mom.d/{00-defines,02-balloon}.policy). Values are kB.
 *
 * No guest is weighed against another: under pressure all shrink, otherwise all grow.
 */

export const PRESSURE_THRESHOLD = 0.2;
export const PRESSURE_CRITICAL = 0.05;
export const MIN_GUEST_FREE = 0.2;
export const MAX_BALLOON_CHANGE = 0.05;
export const MIN_BALLOON_CHANGE = 0.0025;

/** One reading; null is what the original's collectors give when they learned nothing. */
export interface HostReading {
  readonly freeKb: number | null;
  /** Total memory: the original calls it mem_available. */
  readonly totalKb: number | null;
}

export interface GuestReading {
  readonly currentKb: number | null;
  readonly unusedKb: number | null;
  readonly minimumKb: number | null;
  readonly maximumKb: number | null;
}

export interface GuestHistory {
  readonly id: string;
  /** Oldest first, at least one. */
  readonly samples: readonly GuestReading[];
}

export type Flavour = { readonly kind: "mom" } | { readonly kind: "vdsm"; readonly balloonEnabled: boolean };

/** Unrounded targets in kB. `ok` false: the evaluation broke on a missing value, and no guest at all is changed. */
export interface Evaluation {
  readonly ok: boolean;
  readonly targets: ReadonlyMap<string, number>;
}

/** What the original's evaluator does with None in a comparison or in arithmetic: the whole policy run fails. */
export class MissingValue extends Error {}

export function evaluate(flavour: Flavour, host: readonly HostReading[], guests: readonly GuestHistory[]): Evaluation {
  try {
    return { ok: true, targets: targetsOf(flavour, host, guests) };
  } catch (error) {
    if (error instanceof MissingValue) return { ok: false, targets: new Map() };
    throw error;
  }
}

function targetsOf(flavour: Flavour, host: readonly HostReading[], guests: readonly GuestHistory[]): Map<string, number> {
  const hostFree = quotient(
    average(host, (reading) => reading.freeKb),
    known(latest(host).totalKb),
  );
  const shrinks = hostFree < PRESSURE_THRESHOLD && (flavour.kind === "mom" || flavour.balloonEnabled);
  const targets = new Map<string, number>();
  for (const guest of guests) {
    const target =
      flavour.kind === "vdsm" && isSilent(guest) ? undefined : shrinks ? shrink(guest, hostFree) : grow(guest, flavour, hostFree);
    if (target !== undefined) targets.set(guest.id, target);
  }
  if (flavour.kind === "vdsm") for (const guest of guests) guaranteeQuality(guest, targets);
  return targets;
}

function isSilent(guest: GuestHistory): boolean {
  const { currentKb, unusedKb } = latest(guest.samples);
  return currentKb === null || unusedKb === null;
}

/** Share of a guest that should be free, scaled down with the host; negative below the critical level: into its own swap. */
function guestFreeShare(hostFree: number): number {
  return hostFree <= PRESSURE_CRITICAL ? hostFree - PRESSURE_CRITICAL : MIN_GUEST_FREE * (hostFree / PRESSURE_THRESHOLD);
}

function shrink(guest: GuestHistory, hostFree: number): number | undefined {
  const reading = latest(guest.samples);
  const current = known(reading.currentKb);
  const floor = Math.max(known(reading.minimumKb), used(guest) + guestFreeShare(hostFree) * current);
  const target = Math.max(current * (1 - MAX_BALLOON_CHANGE), floor);
  return target <= current && isSignificant(target, current) ? target : undefined;
}

function grow(guest: GuestHistory, flavour: Flavour, hostFree: number): number | undefined {
  const reading = latest(guest.samples);
  const current = known(reading.currentKb);
  const maximum = known(reading.maximumKb);
  if (!(current < maximum)) return undefined;
  const free = flavour.kind === "mom" ? MIN_GUEST_FREE : guestFreeShare(hostFree);
  const floor = Math.max(known(reading.minimumKb), used(guest) + free * current);
  const target = Math.min(Math.max(current * (1 + MAX_BALLOON_CHANGE), floor), maximum);
  return isSignificant(target, current) ? target : undefined;
}

/** vdsm's guest_qos: a guest below its minimum goes back to it, whatever the host's state. */
function guaranteeQuality(guest: GuestHistory, targets: Map<string, number>): void {
  const reading = latest(guest.samples);
  const minimum = known(reading.minimumKb);
  if (known(reading.currentKb) < minimum) targets.set(guest.id, minimum);
}

/** A guest that never reported unused memory counts as fully used: its average is 0. */
function used(guest: GuestHistory): number {
  return average(guest.samples, (reading) => reading.currentKb) - average(guest.samples, (reading) => reading.unusedKb);
}

function isSignificant(target: number, current: number): boolean {
  return Math.abs(target - current) > MIN_BALLOON_CHANGE * current;
}

/** The original's StatAvg: samples without the value do not count; 0 when none has it. */
export function average<T>(samples: readonly T[], field: (sample: T) => number | null): number {
  let sum = 0;
  let count = 0;
  for (const sample of samples) {
    const value = field(sample);
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

export function known(value: number | null): number {
  if (value === null) throw new MissingValue();
  return value;
}

export function latest<T>(samples: readonly T[]): T {
  const sample = samples[samples.length - 1];
  if (sample === undefined) throw new MissingValue();
  return sample;
}

function quotient(dividend: number, divisor: number): number {
  if (divisor === 0) throw new MissingValue();
  return dividend / divisor;
}
