/** The invariants of one guest's page account, and its part of the run digest. */
import type { Hasher } from "../../lib/engine/hasher.ts";
import { InvariantViolation } from "../../lib/errors.ts";
import type { Balloon } from "./balloon/balloon.ts";
import { ANONYMOUS, CACHE, FREE, KERNEL, type Kind, type Memory } from "./memory.ts";

const KINDS = [KERNEL, ANONYMOUS, CACHE] as const;

/** Throws InvariantViolation unless both identities hold and no counter is negative. */
export function auditMemory(memory: Memory): void {
  const { balloonPages, freePages, sizePages, dirtyPages, creditPages, heldPages, gone } = memory;
  const kernel = memory.used(KERNEL);
  const anonymous = memory.used(ANONYMOUS);
  const cache = memory.used(CACHE);
  const sum = kernel + balloonPages + freePages + anonymous + cache;
  if (sum !== sizePages || !(leastOf(memory) >= 0) || !memory.shared.sound || !gone.sound) {
    const parts = `kernel ${kernel}, balloon ${balloonPages}, free ${freePages}, anonymous ${anonymous}, cache ${cache}`;
    const out = `${KINDS.map((kind) => memory.out(kind)).join(", ")}, compressed ${gone.compressedPages}`;
    throw new InvariantViolation(
      "guest-pages",
      `${parts} make ${sum} of ${sizePages} pages; dirty ${dirtyPages}, out ${out}; credit ${creditPages}`,
    );
  }
  const { grantedTotalPages, releasedTotalPages, evictedSeenTotalPages } = memory;
  const owned = grantedTotalPages - releasedTotalPages - evictedSeenTotalPages;
  if (heldPages === owned) return;
  const totals = `granted ${grantedTotalPages}, released ${releasedTotalPages}, evicted ${evictedSeenTotalPages}`;
  throw new InvariantViolation("guest-held", `${heldPages} machine pages are held, the lease's totals (${totals}) make ${owned}`);
}

/** The smallest of the counters. */
function leastOf(memory: Memory): number {
  const { balloonPages, freeBackedPages, untouchedPages, creditPages, dirtyPages } = memory;
  let least = Math.min(balloonPages, freeBackedPages, memory.out(FREE), untouchedPages, creditPages);
  least = Math.min(least, memory.perCpu.pages, memory.freePages - memory.perCpu.pages);
  for (let i = 0; i < KINDS.length; i++) {
    const kind = KINDS[i] as Kind;
    least = Math.min(least, memory.out(kind), memory.backed(kind));
  }
  return Math.min(least, dirtyPages, memory.used(CACHE) - dirtyPages);
}

/** The driver's count of its pages is the account's. */
export function auditBalloon({ actualPages }: Balloon, { sizePages, balloonPages }: Memory): void {
  if (actualPages === sizePages - balloonPages) return;
  const detail = `the driver thinks that ${actualPages} pages are left, ${balloonPages} of ${sizePages} are ballooned`;
  throw new InvariantViolation("guest-balloon", detail);
}

export function hashMemory(memory: Memory, hasher: Hasher): void {
  for (const kind of KINDS) {
    hasher.number(memory.used(kind));
    hasher.number(memory.out(kind));
  }
  hasher.number(memory.balloonPages);
  hasher.number(memory.dirtyPages);
  hasher.number(memory.perCpu.pages);
  hasher.number(memory.freeBackedPages);
  hasher.number(memory.out(FREE));
  hasher.number(memory.gone.compressedPages);
  hasher.number(memory.untouchedPages);
  hasher.number(memory.creditPages);
  hasher.number(memory.grantedTotalPages);
  hasher.number(memory.releasedTotalPages);
  hasher.number(memory.evictedSeenTotalPages);
}
