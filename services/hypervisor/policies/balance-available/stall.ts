/**
 * ChromeOS's stall rule (platform2 vm_tools/concierge/mm): a guest that inflates too slowly has nothing left to give, so
 * some is handed back and inflation stops for a while. Bytes of balloon, seconds.
 */

import type { Hasher } from "../../../../lib/engine/hasher.ts";

const MIB = 1024 * 1024;
const CHECK_S = 5;
const MIN_WATCHED_S = 4;
const BEHIND_BYTES = MIB;
const SLOW_BYTES_PER_S = 15 * MIB;
export const GIVEN_BACK_BYTES = 128 * MIB;
/** How long a request of priority 1 to 7, the stall's being 1, blocks the other direction. */
export const BLOCK_S = 10;

export class StallDetector {
  #isArmed = false;
  #referenceS = 0;
  #referenceBytes = 0;
  #checkS = 0;
  #blockedUntilS = 0;

  isBlocked(nowS: number): boolean {
    return nowS < this.#blockedUntilS;
  }

  /** After an inflation was asked for. A detector that watches already goes on with its own reference. */
  arm(nowS: number, actualBytes: number): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#refer(nowS, actualBytes);
  }

  /** True where the balloon has stalled: the caller deflates by GIVEN_BACK_BYTES. Self-deflation counts as negative speed. */
  hasStalled(nowS: number, actualBytes: number, targetBytes: number): boolean {
    if (!this.#isArmed || nowS < this.#checkS) return false;
    if (targetBytes - actualBytes < BEHIND_BYTES) {
      this.#isArmed = false;
      return false;
    }
    const watchedS = nowS - this.#referenceS;
    const isSlow = watchedS > MIN_WATCHED_S && (actualBytes - this.#referenceBytes) / watchedS < SLOW_BYTES_PER_S;
    this.#refer(nowS, actualBytes);
    if (!isSlow) return false;
    this.#isArmed = false;
    this.#blockedUntilS = nowS + BLOCK_S;
    return true;
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#isArmed ? 1 : 0);
    hasher.number(this.#referenceS);
    hasher.number(this.#referenceBytes);
    hasher.number(this.#checkS);
    hasher.number(this.#blockedUntilS);
  }

  #refer(nowS: number, actualBytes: number): void {
    this.#referenceS = nowS;
    this.#referenceBytes = actualBytes;
    this.#checkS = nowS + CHECK_S;
  }
}

/** New target of a balloon: an inflation goes on from the target while the guest is behind, a deflation from what it has. */
export function resized(actualBytes: number, targetBytes: number, deltaBytes: number): number {
  const base = deltaBytes > 0 ? Math.max(actualBytes, targetBytes) : actualBytes;
  return Math.max(0, base + deltaBytes);
}
