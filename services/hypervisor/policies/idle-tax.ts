/**
 * Where min-funding revocation with an idle memory tax comes to rest (Waldspurger, OSDI'02 sections 5.1 and 5.2).
 *
 * A VM with shares S holds P pages of which A are active; an idle page costs it 1 / (1 - tax) as much as an active one. Taking pages
 * one by one from the VM with the fewest adjusted shares per page ends where all are equal: with a common level L,
 *
 *     P = L S  while that is at most A, else  A + (1 - tax) (L S - A),  clipped to [least, most]
 *
 * With a progressive tax (vSphere 6.5 and later) the rate grows with the idle share of what a VM holds: tax (P - A) / P. Its curve
 * is not published; this is the simplest that is 0 for a VM without idle memory and the full tax for one that is all idle.
 */

export interface Claim {
  readonly shares: number;
  readonly activePages: number;
  readonly leastPages: number;
  readonly mostPages: number;
}

export interface Tax {
  /** Of idle memory, 0 to below 1. */
  readonly rate: number;
  readonly progressive: boolean;
}

/** Pages of one claim at a level. */
function entitlement(claim: Claim, level: number, tax: Tax): number {
  const funded = level * claim.shares;
  const pages = funded <= claim.activePages ? funded : claim.activePages + idlePages(funded - claim.activePages, claim.activePages, tax);
  return Math.min(claim.mostPages, Math.max(claim.leastPages, pages));
}

/** Idle pages that are paid for by `beyond`, what is left when the active ones are. */
function idlePages(beyond: number, active: number, { rate, progressive }: Tax): number {
  const flat = (1 - rate) * beyond;
  if (!progressive) return flat;
  // The positive root I of: beyond = I / (1 - rate I / (active + I)).
  const b = active - flat;
  return (-b + Math.sqrt(b * b + 4 * beyond * active)) / 2;
}

/** The level at which a claim reaches its most. */
function ceiling(claim: Claim, { rate, progressive }: Tax): number {
  const { shares, activePages, mostPages } = claim;
  if (mostPages <= activePages) return mostPages / shares;
  const idle = mostPages - activePages;
  const effective = progressive ? (rate * idle) / mostPages : rate;
  return (activePages + idle / (1 - effective)) / shares;
}

/** Divides `pages` among the claims, in whole pages: all get their most where that suffices, their least where nothing else does. */
export function allocate(claims: readonly Claim[], pages: number, rate: number, progressive = false): number[] {
  const tax: Tax = { rate, progressive };
  let high = 0;
  for (const claim of claims) high = Math.max(high, ceiling(claim, tax));
  let low = 0;
  const sum = (level: number): number => {
    let total = 0;
    for (const claim of claims) total += entitlement(claim, level, tax);
    return total;
  };
  if (sum(high) <= pages) return claims.map((claim) => claim.mostPages);
  // Halving an interval of doubles ends after some fifty rounds; the sum is monotone in the level.
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (sum(middle) <= pages) low = middle;
    else high = middle;
  }
  return claims.map((claim) => Math.max(claim.leastPages, Math.floor(entitlement(claim, low, tax))));
}
