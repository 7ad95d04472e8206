/**
 * The balloon driver as a state machine. It moves chunks at its own speed. When the guest gives it less than it asks for, it keeps
 * what it got, and sleeps and tries again, for as long as the target demands, or takes that for the answer: drivers differ in their
 * rules (rules.ts). What it gives back when the guest is out of memory stays given back until the next target, or the next poll.
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { DriverConfig } from "../../../lib/scenario/driver.ts";
import { nextMultipleNs } from "../../../lib/units.ts";
import { type BalloonReport, BalloonState } from "../../../lib/wire/messages.ts";
import { DriverFaults } from "./faults.ts";
import { Legs } from "./legs.ts";
import { type DriverRules, rulesOf } from "./rules.ts";
import { Speed } from "./speed.ts";
import { CHUNK_PAGES } from "./virtio.ts";

export class Balloon {
  readonly rules: DriverRules;
  readonly #config: DriverConfig;
  readonly #sizePages: number;
  readonly faults: DriverFaults;
  readonly speed: Speed;
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
  #quietUntilNs = 0;
  /** Pages that its speed allows but that did not fill a chunk yet. */
  #allowance = 0;
  readonly legs = new Legs();

  constructor(config: DriverConfig, sizePages: number, faults = new DriverFaults()) {
    this.rules = rulesOf(config.kind);
    this.#config = config;
    this.#sizePages = sizePages;
    this.faults = faults;
    this.speed = new Speed(config, faults);
    this.targetPages = sizePages;
  }

  /** Guest memory less the balloon. */
  get actualPages(): number {
    return this.#sizePages - this.#pages;
  }

  /** As the driver says it is: nobody checks it. */
  get toldPages(): number {
    return Math.max(0, this.actualPages - Math.round(this.faults.overstated * this.#sizePages));
  }

  /** It is there, and can be spoken with. */
  get present(): boolean {
    return this.loaded && this.#config.kind !== "none" && !this.faults.missing;
  }

  /** It has work, and can do some. */
  get active(): boolean {
    return this.#working && this.present && !this.faults.stuck;
  }

  /** It takes every free page that it can get. */
  get hungry(): boolean {
    return this.active && this.state === BalloonState.BALLOON_STATE_INFLATING;
  }

  /** Pages of the balloon still to take (positive) or to give back. */
  get gapPages(): number {
    const wanted = this.faults.deflating ? 0 : this.#sizePages - Math.min(this.targetPages, this.#sizePages);
    const gap = Math.min(wanted, this.rules.mostPages(this.#sizePages)) - this.#pages;
    return wanted > 0 && gap < 0 && -gap < this.rules.slackPages ? 0 : gap;
  }

  /** A target arrives. */
  order(targetPages: number, action: number, nowNs: number): void {
    this.targetPages = targetPages;
    this.action = action;
    if (this.#config.kind === "none") return;
    this.legs.begin(nowNs, this.gapPages === 0);
    const polledAtNs = this.rules.pollNs > 0 ? nextMultipleNs(nowNs, this.rules.pollNs) : 0;
    this.#sleepUntilNs = Math.max(polledAtNs, this.gapPages > 0 ? this.#quietUntilNs : 0);
    this.#allowance = 0;
    this.look();
    this.changed = true;
  }

  /** Looks whether there is something to do: a target or a fault has come or gone. */
  look(): void {
    this.#working = this.gapPages !== 0;
    this.#enter(this.#working ? this.#direction() : BalloonState.BALLOON_STATE_AT_TARGET);
  }

  /**
   * Pages that it would move from `nowNs` on for `stepNs` with that share of a CPU: positive inflates. 0 while it sleeps.
   * `backedPages`: free ones that have a machine page.
   */
  request(nowNs: number, stepNs: number, backedPages: number, share = 1): number {
    if (!this.active) return 0;
    const awakeNs = nowNs + stepNs - Math.max(nowNs, this.#sleepUntilNs);
    if (awakeNs <= 0) return 0;
    const gap = this.gapPages;
    this.#enter(this.#direction());
    const allowed = this.#allowance + (gap > 0 ? this.speed.taken(awakeNs * share, backedPages) : this.speed.given(awakeNs * share));
    const chunks = Math.floor(allowed / this.rules.chunkPages) * this.rules.chunkPages;
    const pages = Math.min(Math.abs(gap), Math.abs(gap) <= allowed ? Math.abs(gap) : chunks);
    // Speed that was not used is lost, but for the part of a chunk that is under way.
    this.#allowance = Math.min(this.rules.chunkPages, allowed - pages);
    return gap > 0 ? pages : -pages;
  }

  /**
   * Notes what became of request(): `pages` moved of the `asked`, in a step that began at `nowNs`; `untouched` of them had no machine
   * page. Returns when they were.
   */
  moved(pages: number, asked: number, untouched: number, nowNs: number, stepNs: number, share = 1): number {
    const inflating = asked > 0;
    this.#pages += inflating ? pages : -pages;
    const atNs = Math.max(nowNs, this.#sleepUntilNs);
    const aloneNs = inflating ? this.speed.takingNs(pages, untouched) : this.speed.givingNs(pages);
    const tookNs = pages > 0 ? Math.min(stepNs, Math.round(aloneNs / share)) : 0;
    if (pages > 0) this.legs.first(atNs + Math.round((tookNs * Math.min(pages, this.rules.chunkPages)) / pages));
    if (this.gapPages === 0) this.#end(Math.min(nowNs + stepNs, atNs + tookNs));
    return atNs + tookNs;
  }

  /**
   * As moved(), where no more pages could be had: it sleeps before it tries again, or takes that for the answer.
   * `swapping`: what was short could only have come from the swap device.
   */
  tired(pages: number, untouched: number, nowNs: number, stepNs: number, swapping: boolean, share = 1): void {
    const atNs = this.moved(pages, 1, untouched, nowNs, stepNs, share);
    const { backOffNs } = this.rules;
    if (backOffNs === 0) this.#end(Math.min(nowNs + stepNs, atNs));
    else {
      this.#sleepUntilNs = atNs + backOffNs;
      this.#allowance = 0;
      this.legs.waited(backOffNs, swapping);
      this.#enter(BalloonState.BALLOON_STATE_BACKING_OFF);
    }
  }

  /** It is where it was to come, or as near as it gets. */
  #end(atNs: number): void {
    if (!this.faults.deflating) this.legs.done(atNs);
    this.#working = false;
    this.#enter(BalloonState.BALLOON_STATE_AT_TARGET);
  }

  /** The guest is out of memory: gives back up to `pages` in chunks of 1 MiB; returns how many. Its target is unchanged. */
  giveBack(pages: number, nowNs: number): number {
    if (!this.#config.deflateOnOom || !this.present || this.faults.stuck) return 0;
    const given = Math.min(this.#pages, Math.ceil(pages / CHUNK_PAGES) * CHUNK_PAGES);
    if (given === 0) return 0;
    this.#pages -= given;
    this.changed = true;
    this.#quietUntilNs = nowNs + this.rules.quietNs;
    if (this.rules.pollNs > 0 && this.gapPages > 0) {
      this.#sleepUntilNs = nextMultipleNs(this.#quietUntilNs, this.rules.pollNs);
      this.#working = true;
    }
    return given;
  }

  /** Gives everything back at once, when it is unloaded or reset; returns how many pages. It will come to its target again. */
  release(): number {
    const given = this.#pages;
    this.#pages = 0;
    this.changed = true;
    this.look();
    return given;
  }

  report(): BalloonReport {
    return { action: this.action, actualPages: this.toldPages, state: this.state, ...this.legs.told };
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
    hasher.number(this.#quietUntilNs);
    hasher.number(this.#allowance);
  }
}
