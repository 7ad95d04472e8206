/** Spares the log: what strangers make it say must not fill a disk. */
const MOST_LINES = 20;
const SPAN_MS = 60_000;

export class Sparing {
  #beganMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #untold = 0;

  /** How many lines were left out before this one; undefined: this one is to be left out too. */
  admit(nowMs: number): number | undefined {
    if (nowMs - this.#beganMs >= SPAN_MS) {
      this.#beganMs = nowMs;
      this.#lines = 0;
    }
    if (this.#lines >= MOST_LINES) {
      this.#untold++;
      return undefined;
    }
    this.#lines++;
    const untold = this.#untold;
    this.#untold = 0;
    return untold;
  }
}
