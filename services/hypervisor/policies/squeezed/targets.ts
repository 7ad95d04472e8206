/**
 * XenServer's squeezed: what every domain should have (xen-api ocaml/squeezed/lib/squeeze.ml). KiB.
 *
 * All domains get the same fraction of their dynamic range; memory is never promised before it has come free.
 */

/** How far from its target a driver may stop and still have done its work. */
export const INACCURACY_KIB = 4;

export interface Domain {
  readonly id: number;
  /** The guest's driver has said that it is there. */
  readonly canBalloon: boolean;
  readonly minimumKib: number;
  readonly maximumKib: number;
  readonly targetKib: number;
  readonly actualKib: number;
  readonly inaccuracyKib: number;
}

/** Both on in production; the original's tests show what breaks without them. */
export interface Safeguards {
  /** Free first, allocate in a later iteration. */
  readonly twoPhases: boolean;
  /** Count on a driver's stopping short of its target. */
  readonly compensation: boolean;
}

export const SAFEGUARDS: Safeguards = { twoPhases: true, compensation: true };

export function isOnTarget(domain: Domain): boolean {
  return Math.abs(domain.actualKib - domain.targetKib) <= domain.inaccuracyKib;
}

/** Proportional targets that leave `requiredKib` free. */
export function proportionalTargets(
  active: readonly Domain[],
  freeKib: number,
  requiredKib: number,
  safeguards: Safeguards,
): Map<number, number> {
  let ranges = 0;
  let freeable = 0;
  for (const domain of active) {
    const shortfall = safeguards.compensation ? 2 * domain.inaccuracyKib : 0;
    ranges += rangeOf(domain);
    freeable += Math.max(0, domain.actualKib - domain.minimumKib - shortfall);
  }
  const surplus = Math.max(0, freeKib + freeable - requiredKib);
  const fraction = fractionOf(surplus, ranges);
  return new Map(active.map((domain) => [domain.id, domain.minimumKib + Math.trunc(fraction * rangeOf(domain))]));
}

/** Of these, the ones to apply now: while any of them frees memory, only those that do. */
export function chosenTargets(
  active: readonly Domain[],
  freeKib: number,
  requiredKib: number,
  safeguards: Safeguards,
): Map<number, number> {
  const targets = proportionalTargets(active, freeKib, requiredKib, safeguards);
  if (!safeguards.twoPhases) return targets;
  const freeing = active.filter((domain) => {
    const target = targets.get(domain.id) as number;
    return target < domain.actualKib && !isOnTarget({ ...domain, targetKib: target });
  });
  return freeing.length === 0 ? targets : new Map(freeing.map(({ id }) => [id, targets.get(id) as number]));
}

function rangeOf(domain: Domain): number {
  return Math.max(0, domain.maximumKib - domain.minimumKib);
}

/** 0/0 is 0, x/0 is 1: a domain without a range stays at its minimum either way. */
function fractionOf(surplus: number, ranges: number): number {
  if (ranges === 0) return surplus === 0 ? 0 : 1;
  return Math.min(1, surplus / ranges);
}
