/**
 * Guests that size themselves: xenballoond (maddingue's port) and the kernel's own xen-selfballoon (Linux before 5.3).
 *
 * Both follow Committed_AS at once when it grows and by a fraction of the way when it falls. KiB, whole ones.
 */

const KIB_PER_MIB = 1024;
const PAGE_KIB = 4;

/** xenballoond's margin over what is committed. */
const COMMITTED_PERCENT = 120;

export interface SelfBalloonState {
  readonly currentKib: number;
  readonly committedKib: number;
  /** The largest size that the guest ever had. */
  readonly largestKib: number;
}

export interface XenballoondOptions {
  readonly downHysteresis: number;
  readonly upHysteresis: number;
  /** Cap on what the guest asks for by itself: soft_max_mem. */
  readonly softMaximumKib: number;
  /** Freeze: stay. Emergency: to the goal at once. */
  readonly mode: "normal" | "freeze" | "emergency";
}

/** Least memory in which a guest of that size still works, by xenballoond. */
export function xenballoondFloorKib(largestKib: number): number {
  const pages = Math.floor(largestKib / PAGE_KIB);
  const isSmall = largestKib < 2000 * KIB_PER_MIB;
  return (isSmall ? 104 + Math.floor(pages / 2048) : 296 + Math.floor(pages / 8192)) * KIB_PER_MIB;
}

/** The size to take in this interval. */
export function xenballoondTargetKib(state: SelfBalloonState, options: XenballoondOptions): number {
  const { currentKib } = state;
  if (options.mode === "freeze") return currentKib;
  const committed = Math.trunc((state.committedKib * COMMITTED_PERCENT) / 100);
  const goal = Math.min(Math.max(committed, xenballoondFloorKib(state.largestKib)), options.softMaximumKib);
  if (options.mode === "emergency") return goal;
  return stepToward(currentKib, goal, options.downHysteresis, options.upHysteresis);
}

export interface SelfballoonOptions {
  readonly downHysteresis: number;
  readonly upHysteresis: number;
  /** totalreserve_pages: what the kernel keeps back, counted into the goal. */
  readonly reserveKib: number;
}

/** Least memory of a guest, by the kernel's driver: small guests keep a larger part. */
export function selfballoonFloorKib(usefulKib: number): number {
  const mib = usefulKib / KIB_PER_MIB;
  if (mib < 16) return usefulKib;
  const floorMib = mib < 64 ? 16 + mib / 2 : mib < 512 ? 40 + mib / 8 : 99 + mib / 32;
  return Math.trunc(floorMib * KIB_PER_MIB);
}

export function selfballoonTargetKib(state: SelfBalloonState, options: SelfballoonOptions): number {
  const goal = state.committedKib + options.reserveKib;
  const target = stepToward(state.currentKib, goal, options.downHysteresis, options.upHysteresis);
  return Math.min(Math.max(target, selfballoonFloorKib(state.largestKib)), state.largestKib);
}

function stepToward(current: number, goal: number, down: number, up: number): number {
  return goal < current ? current - Math.trunc((current - goal) / down) : current + Math.trunc((goal - current) / up);
}
