/** The legs of a control action that the driver knows of: when it came, when it had its first page and its last, what it waited for. */

export class Legs {
  /** When the present target came: it is acted on from the next step on, whose demand can provide for it. */
  receivedAtNs = 0;
  #firstPageAtNs = 0;
  #doneAtNs = 0;
  #reclaimNs = 0;
  #swapIoNs = 0;

  /** `done`: there is nothing to do. */
  begin(nowNs: number, done: boolean): void {
    this.receivedAtNs = nowNs;
    this.#firstPageAtNs = 0;
    this.#doneAtNs = done ? nowNs : 0;
    this.#reclaimNs = 0;
    this.#swapIoNs = 0;
  }

  first(atNs: number): void {
    if (this.#firstPageAtNs === 0) this.#firstPageAtNs = atNs;
  }

  done(atNs: number): void {
    this.#doneAtNs = Math.max(atNs, this.#firstPageAtNs);
  }

  /** It slept because the guest had no pages; `swapping`: they could only have come from the swap device. */
  waited(timeNs: number, swapping: boolean): void {
    this.#reclaimNs += timeNs;
    if (swapping) this.#swapIoNs += timeNs;
  }

  get told() {
    return {
      receivedAtNs: this.receivedAtNs,
      doneAtNs: this.#doneAtNs,
      reclaimNs: this.#reclaimNs,
      swapIoNs: this.#swapIoNs,
    };
  }
}
