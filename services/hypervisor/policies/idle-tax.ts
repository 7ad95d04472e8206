/**
 * Where min-funding revocation with an idle memory tax comes to rest (Waldspurger, OSDI'02 sections 5.1 and 5.2).
 *
 * A VM with shares S holds P pages of which A are active; an idle page costs it 1 / (1 - tax) as much as an active one. Taking pages
 * one by one from the VM with the fewest adjusted shares per page ends where all are equal: with a common level L,
 *
 *     P = L S  while that is at most A, else  A + (1 - tax) (L S - A),  clipped to [least, most]
 */

export interface Claim {
  readonly shares: number;
  readonly activePages: number;
  readonly leastPages: number;
  readonly mostPages: number;
}

/** Pages of one claim at a level. */
function entitlement(claim: Claim, level: number, tax: number): number {
  const funded = level * claim.shares;
  const pages = funded <= claim.activePages ? funded : claim.activePages + (1 - tax) * (funded - claim.activePages);
  return Math.min(claim.mostPages, Math.max(claim.leastPages, pages));
}

/** The level at which a claim reaches its most. */
function ceiling(claim: Claim, tax: number): number {
  if (claim.mostPages <= claim.activePages) return claim.mostPages / claim.shares;
  return (claim.activePages + (claim.mostPages - claim.activePages) / (1 - tax)) / claim.shares;
}

/** Divides `pages` among the claims, in whole pages: all get their most where that suffices, their least where nothing else does. */
export function allocate(claims: readonly Claim[], pages: number, tax: number): number[] {
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
