/**
 * The balloon driver: drivers/virtio/virtio_balloon.c as a state machine.
 *
 * It moves chunks of at most 256 pages at its own speed. When the guest gives it less than it asks for, it keeps what it
 * got, sleeps 200 ms and tries again, for as long as the target demands. Its work item runs on a change of target and
 * until the target is reached; what the OOM notifier gives back in between stays given back.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DriverConfig } from "../../lib/scenario/driver.ts";
import { SECOND_NS } from "../../lib/units.ts";
import { type BalloonReport, BalloonState } from "../../lib/wire/messages.ts";

/** VIRTIO_BALLOON_ARRAY_PFNS_MAX, and VIRTIO_BALLOON_OOM_NR_PAGES. */
export const CHUNK_PAGES = 256;
/** msleep(200) after "Out of puff". */
export const BACK_OFF_NS = 200_000_000;

export class Balloon {
  readonly #config: DriverConfig;
  readonly #sizePages: number;
  /** Fault: the driver's work queue stands still. */
  stuck = false;
  /** The driver is loaded only after the kernel has booted. */
  loaded = false;
  state: number = BalloonState.BALLOON_STATE_AT_TARGET;
  targetPages: number;
  action = 0;
  /** A change of state has not been told yet. */
  changed = false;
  #pages = 0;
  #working = false;
  #sleepUntilNs = 0;
  /** Pages that its speed allows but that did not fill a chunk yet. */
  #allowance = 0;
  #receivedAtNs = 0;
  #firstPageAtNs = 0;
  #doneAtNs = 0;
  #reclaimNs = 0;
  #swapIoNs = 0;

  constructor(config: DriverConfig, sizePages: number) {
    this.#config = config;
    this.#sizePages = sizePages;
    this.targetPages = sizePages;
  }

  /** Guest memory as the driver says it is. */
  get actualPages(): number {
    return this.#sizePages - this.#pages;
  }

  /** It has work, and can do some. */
  get active(): boolean {
    return this.#working && this.loaded && !this.stuck;
  }

  /** It takes every free page that it can get. */
  get hungry(): boolean {
    return this.active && this.state === BalloonState.BALLOON_STATE_INFLATING;
  }

  /** Pages of the balloon still to take (positive) or to give back. */
  get gapPages(): number {
    if (this.#config.kind === "none") return 0;
    return this.#sizePages - Math.min(this.targetPages, this.#sizePages) - this.#pages;
  }

  /** A target arrives. */
  order(targetPages: number, action: number, nowNs: number): void {
    this.targetPages = targetPages;
    this.action = action;
    if (this.#config.kind === "none") return;
    this.#working = this.gapPages !== 0;
    this.#receivedAtNs = nowNs;
    this.#firstPageAtNs = 0;
    this.#doneAtNs = this.#working ? 0 : nowNs;
    this.#reclaimNs = 0;
    this.#swapIoNs = 0;
    this.#sleepUntilNs = 0;
    this.#allowance = 0;
    this.#enter(this.#working ? this.#direction() : BalloonState.BALLOON_STATE_AT_TARGET);
    this.changed = true;
  }

  /** CPU time that it takes to move so many pages: positive inflates. */
  workNs(pages: number): number {
    return (Math.abs(pages) / this.#perS(pages)) * SECOND_NS;
  }

  #perS(pages: number): number {
    return pages > 0 ? this.#config.inflatePagesPerS : this.#config.deflatePagesPerS;
  }

  /** Pages that it would move from `nowNs` on for `stepNs` with that share of a CPU: positive inflates. 0 while it sleeps. */
  request(nowNs: number, stepNs: number, share = 1): number {
    if (!this.active) return 0;
    const awakeNs = nowNs + stepNs - Math.max(nowNs, this.#sleepUntilNs);
    if (awakeNs <= 0) return 0;
    const gap = this.gapPages;
    this.#enter(this.#direction());
    const allowed = this.#allowance + (awakeNs / SECOND_NS) * share * this.#perS(gap);
    const chunks = Math.floor(allowed / CHUNK_PAGES) * CHUNK_PAGES;
    const pages = Math.min(Math.abs(gap), Math.abs(gap) <= allowed ? Math.abs(gap) : chunks);
    // Speed that was not used is lost, but for the part of a chunk that is under way.
    this.#allowance = Math.min(CHUNK_PAGES, allowed - pages);
    return gap > 0 ? pages : -pages;
  }

  /** Notes what became of request(): `pages` moved of the `asked`, in a step that began at `nowNs`. Returns when they were. */
  moved(pages: number, asked: number, nowNs: number, stepNs: number, share = 1): number {
    const inflating = asked > 0;
    this.#pages += inflating ? pages : -pages;
    const perS = this.#perS(asked) * share;
    const atNs = Math.max(nowNs, this.#sleepUntilNs);
    const tookNs = Math.min(stepNs, Math.round((pages / perS) * SECOND_NS));
    if (pages > 0 && this.#firstPageAtNs === 0) this.#firstPageAtNs = atNs + Math.round((Math.min(pages, CHUNK_PAGES) / perS) * SECOND_NS);
    if (this.gapPages === 0) {
      this.#working = false;
      this.#doneAtNs = Math.min(nowNs + stepNs, Math.max(atNs + tookNs, this.#firstPageAtNs));
      this.#enter(BalloonState.BALLOON_STATE_AT_TARGET);
    }
    return atNs + tookNs;
  }

  /**
   * As moved(), where no more pages could be had: it sleeps before it tries again.
   * `swapping`: what was short could only have come from the swap device.
   */
  tired(pages: number, nowNs: number, stepNs: number, swapping: boolean, share = 1): void {
    this.#sleepUntilNs = this.moved(pages, 1, nowNs, stepNs, share) + BACK_OFF_NS;
    this.#allowance = 0;
    this.#reclaimNs += BACK_OFF_NS;
    if (swapping) this.#swapIoNs += BACK_OFF_NS;
    this.#enter(BalloonState.BALLOON_STATE_BACKING_OFF);
  }

  /** The OOM notifier: gives back up to `pages` in chunks of 1 MiB; returns how many. Its target is unchanged. */
  giveBack(pages: number): number {
    if (!this.#config.deflateOnOom || !this.loaded || this.stuck) return 0;
    const given = Math.min(this.#pages, Math.ceil(pages / CHUNK_PAGES) * CHUNK_PAGES);
    this.#pages -= given;
    if (given > 0) this.changed = true;
    return given;
  }

  /** When the present target came: it is acted on from the next step on, whose demand can provide for it. */
  get receivedAtNs(): number {
    return this.#receivedAtNs;
  }

  /** Pages that it would give back within `stepNs`. */
  deflationPages(stepNs: number): number {
    return this.active ? Math.max(0, Math.min(-this.gapPages, (stepNs / SECOND_NS) * this.#config.deflatePagesPerS)) : 0;
  }

  /** Pages that it would take within `stepNs` if memory were free: for the demand. */
  inflationPages(stepNs: number): number {
    return this.active ? Math.max(0, Math.min(this.gapPages, (stepNs / SECOND_NS) * this.#config.inflatePagesPerS)) : 0;
  }

  report(): BalloonReport {
    return {
      action: this.action,
      actualPages: this.actualPages,
      state: this.state,
      receivedAtNs: this.#receivedAtNs,
      firstPageAtNs: this.#firstPageAtNs,
      doneAtNs: this.#doneAtNs,
      reclaimNs: this.#reclaimNs,
      swapIoNs: this.#swapIoNs,
    };
  }

  #direction(): number {
    return this.gapPages > 0 ? BalloonState.BALLOON_STATE_INFLATING : BalloonState.BALLOON_STATE_DEFLATING;
  }

  #enter(state: number): void {
    if (state === this.state) return;
    this.state = state;
    this.changed = true;
  }

  digest(hasher: Hasher): void {
    hasher.word(this.state);
    hasher.number(this.targetPages);
    hasher.number(this.action);
    hasher.number(this.#pages);
    hasher.number(this.#sleepUntilNs);
    hasher.number(this.#allowance);
  }
}
