/**
 * Qubes OS qmemman's arithmetic (qubes-core-admin qubes/qmemman/algo.py). Bytes; the order of domains counts, in the
 * results and in the floating-point sums.
 *
 * One quirk is kept: when memory is short, what donors are about to give is subtracted from what acceptors may have, so
 * acceptors are usually served in a later round, from memory that has really come free.
 */

const MIB = 1024 * 1024;
const MEMORY_FACTOR = 1.3;
const ADMIN_BOOST_BYTES = 350 * MIB;
const MIN_PREFERRED_BYTES = 200 * MIB;
const MIN_DONATION_BYTES = 10 * MIB;
const REQUEST_MARGIN = 1.05;
/** Keeps rounding from asking for more than there is. */
const SAFETY = 0.999;
/** The administrative domain. */
const ADMIN_DOMAIN = "0";

export interface Domain {
  readonly id: string;
  /** Null: no meminfo was ever received, or not a number; the domain is left alone. */
  readonly usedBytes: number | null;
  readonly maximumBytes: number;
  readonly actualBytes: number;
  readonly noProgress: boolean;
}

export type Target = readonly [id: string, bytes: number];

/** What a domain would like to have, from what it uses; null without meminfo. */
export function preferred(domain: Domain): number | null {
  const { usedBytes, maximumBytes } = domain;
  if (usedBytes === null) return null;
  const wanted = usedBytes * MEMORY_FACTOR;
  if (domain.id === ADMIN_DOMAIN) return Math.trunc(Math.min(wanted + ADMIN_BOOST_BYTES, maximumBytes));
  return Math.trunc(Math.max(Math.min(wanted, maximumBytes), MIN_PREFERRED_BYTES));
}

interface Rated {
  readonly domain: Domain;
  readonly preferred: number;
  /** Negative: it can give. */
  readonly need: number;
}

function rated(domains: readonly Domain[]): Rated[] {
  return domains.flatMap((domain) => {
    const bytes = preferred(domain);
    return bytes === null || domain.noProgress ? [] : [{ domain, preferred: bytes, need: bytes - domain.actualBytes }];
  });
}

/** Targets that free `requestBytes` for a domain about to start; empty when that much can not be freed. */
export function balloon(domains: readonly Domain[], requestBytes: number): Target[] {
  const donors = rated(domains).filter(({ need }) => need < 0);
  const available = sum(donors, ({ need }) => 0 - need);
  if (available < requestBytes || available === 0) return [];
  return donors.map(({ domain, need }) => {
    const given = proportion(0 - need, requestBytes, available) * REQUEST_MARGIN;
    return [domain.id, Math.trunc(domain.actualBytes - given)];
  });
}

/** a * b / c of whole bytes: the product passes 2^53, and the original's integers are exact. */
function proportion(a: number, b: number, c: number): number {
  const product = BigInt(a) * BigInt(b);
  return Number(product / BigInt(c)) + Number(product % BigInt(c)) / c;
}

/** Free memory less what all domains would like beyond what they have. */
export function totalAvailable(domains: readonly Domain[], xenFreeBytes: number): number {
  return xenFreeBytes - sum(rated(domains), ({ need }) => need);
}

/** Targets that level all domains, donors first. */
export function balance(domains: readonly Domain[], xenFreeBytes: number): Target[] {
  const available = totalAvailable(domains, xenFreeBytes);
  if (available > 0)
    return balanceWhenEnough(
      domains,
      sum(rated(domains), (entry) => entry.preferred),
      available,
    );
  return balanceWhenShort(domains, xenFreeBytes);
}

/** Everyone gets what it prefers and a proportional part of the rest. */
export function balanceWhenEnough(domains: readonly Domain[], preferredTotalBytes: number, availableBytes: number): Target[] {
  const targets = rated(domains).map(({ domain, preferred }) => {
    const bytes = Math.trunc(SAFETY * (preferred + (preferred / preferredTotalBytes) * availableBytes));
    return { domain, bytes };
  });
  let left = cutOff(targets);
  while (left > 0) {
    const acceptors = targets.filter(({ domain, bytes }) => bytes < domain.maximumBytes);
    const share = Math.trunc((SAFETY * left) / acceptors.length);
    for (const target of acceptors) target.bytes += share;
    left = cutOff(acceptors);
  }
  const donors = targets.filter(({ domain, bytes }) => bytes < domain.actualBytes);
  const others = targets.filter(({ domain, bytes }) => bytes >= domain.actualBytes);
  return [...donors, ...others].map(({ domain, bytes }) => [domain.id, bytes]);
}

/** Caps targets at their domains' maxima; returns what was above. */
function cutOff(targets: readonly { domain: Domain; bytes: number }[]): number {
  let above = 0;
  for (const target of targets) {
    above += Math.max(0, target.bytes - target.domain.maximumBytes);
    target.bytes = Math.min(target.bytes, target.domain.maximumBytes);
  }
  return above;
}

/** Donors fall back to what they prefer; what that leaves, if anything, goes to the others. */
function balanceWhenShort(domains: readonly Domain[], xenFreeBytes: number): Target[] {
  const entries = rated(domains);
  const donors = entries.filter(({ need }) => need <= -MIN_DONATION_BYTES);
  const acceptors = entries.filter(({ need }) => need > 0);
  const given: Target[] = donors.map(({ domain, preferred }) => [domain.id, preferred]);
  const squeezed = xenFreeBytes - sum(donors, ({ need }) => 0 - need);
  if (squeezed < 0) return given;
  const preferredTotal = sum(acceptors, (entry) => entry.preferred);
  const taken: Target[] = acceptors.map(({ domain, preferred }) => {
    const bytes = Math.trunc(SAFETY * (domain.actualBytes + (preferred / preferredTotal) * squeezed));
    return [domain.id, Math.min(bytes, domain.maximumBytes)];
  });
  return [...given, ...taken];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
