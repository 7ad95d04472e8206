/**
 * ChromeOS BalanceAvailable (platform2 vm_tools/concierge/balloon_policy.cc): every second, level the head-room of host
 * and guest above what each finds critical. Bytes; divisions cut off as in 64-bit integers.
 */

import type { Hasher } from "../../../../lib/engine/hasher.ts";

const MIB = 1024 * 1024;
const CRITICAL_GUEST_BYTES = 400 * MIB;
/** How far past its critical level either side may be taken in one move. */
const CLAMP_MARGIN_BYTES = 10 * MIB;
/** Below this head-room a move is made however small. */
const SLACK_BYTES = MIB;
const FULL_PERCENT = 95;

export interface BalanceInput {
  readonly actualBalloonBytes: number;
  readonly guestTotalBytes: number;
  readonly guestFreeBytes: number;
  readonly guestCacheBytes: number;
  readonly hostAvailableBytes: number;
}

export interface BalanceOptions {
  /** The host's critical margin. */
  readonly criticalHostBytes: number;
  /** How much less the guest's head-room counts with a full balloon. */
  readonly biasBytes: number;
}

export interface BalanceStep {
  /** Positive: inflate. */
  readonly deltaBytes: number;
  /** Both sides were so far below critical that the clamp's bounds crossed. */
  readonly clampInverted: boolean;
  /** With crossed bounds: the answer of a library that tests the lower bound first. Otherwise as deltaBytes. */
  readonly deltaLowerFirstBytes: number;
}

export class BalanceAvailable {
  readonly #options: BalanceOptions;
  #criticalGuestBytes = CRITICAL_GUEST_BYTES;
  #maxBalloonBytes = 0;
  #previousAvailableBytes = 0;
  #previousFullPercent = 0;

  constructor(options: BalanceOptions) {
    this.#options = options;
  }

  get criticalGuestBytes(): number {
    return this.#criticalGuestBytes;
  }

  step(input: BalanceInput): BalanceStep {
    const { actualBalloonBytes, hostAvailableBytes } = input;
    if (this.#maxBalloonBytes === 0) this.#maxBalloonBytes = Math.trunc((3 * input.guestTotalBytes) / 4);
    this.#maxBalloonBytes = Math.max(this.#maxBalloonBytes, actualBalloonBytes);
    const available = input.guestFreeBytes + input.guestCacheBytes;
    const fullPercent = Math.trunc((actualBalloonBytes * 100) / this.#maxBalloonBytes);
    this.#learn(available, fullPercent);

    const bias = Math.trunc((this.#options.biasBytes * fullPercent) / 100);
    const guestRoom = available - this.#criticalGuestBytes - bias;
    const hostRoom = hostAvailableBytes - this.#options.criticalHostBytes;
    const delta = Math.trunc((guestRoom - hostRoom) / 2);
    const lower = -(hostRoom + CLAMP_MARGIN_BYTES);
    const upper = available - this.#criticalGuestBytes + CLAMP_MARGIN_BYTES;
    const clampInverted = lower > upper;
    if (!isWorthwhile(delta, guestRoom, hostRoom)) return { deltaBytes: 0, clampInverted, deltaLowerFirstBytes: 0 };
    // Undefined in the original's language when the bounds cross; the upper bound wins here.
    const upperWins = Math.min(Math.max(delta, lower), upper);
    const lowerFirst = delta < lower ? lower : Math.min(delta, upper);
    return {
      deltaBytes: Math.max(upperWins, 0 - actualBalloonBytes),
      clampInverted,
      deltaLowerFirstBytes: Math.max(lowerFirst, 0 - actualBalloonBytes),
    };
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#criticalGuestBytes);
    hasher.number(this.#maxBalloonBytes);
    hasher.number(this.#previousAvailableBytes);
    hasher.word(this.#previousFullPercent);
  }

  /** A guest that stayed below its critical level through a whole interval survives there: that level is critical now. */
  #learn(available: number, fullPercent: number): void {
    const isBelow = available < this.#criticalGuestBytes && fullPercent < FULL_PERCENT;
    const wasBelow = this.#previousAvailableBytes < this.#criticalGuestBytes && this.#previousFullPercent < FULL_PERCENT;
    if (isBelow && wasBelow) this.#criticalGuestBytes = this.#previousAvailableBytes;
    this.#previousAvailableBytes = available;
    this.#previousFullPercent = fullPercent;
  }
}

/** "Above 1 %" in integer division: in truth at least 2 % of either head-room. */
function isWorthwhile(delta: number, guestRoom: number, hostRoom: number): boolean {
  if (guestRoom < SLACK_BYTES || hostRoom < SLACK_BYTES) return true;
  const percent = Math.abs(delta) * 100;
  return Math.trunc(percent / guestRoom) > 1 || Math.trunc(percent / hostRoom) > 1;
}
