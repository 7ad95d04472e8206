/**
 * How long the requests of each class wait at the device, in mean and distribution.
 *
 * The exponential station with the same loads is known exactly (station.ts); what irregular and unlike services make of it is the
 * ratio of two integrals of the virtual wait, one with the services as they are and one with exponential ones. Both are taken beyond
 * the least wait that the population makes in any case, n S / c - Z - S, so that a saturated device is exact too.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { DiskConfig } from "../../lib/scenario/scenario.ts";
import { BankWait } from "./bankwait.ts";
import { type Aggregate, aggregate, type Customers, same } from "./customers.ts";
import { elsewhereOf } from "./elsewhere.ts";
import { LEVELS } from "./levels.ts";
import { serviceTimes } from "./servicetimes.ts";
import { Station } from "./station.ts";
import { VirtualWait } from "./virtualwait.ts";
import { WaitLaw } from "./waitlaw.ts";

/** An open flow of the mean service's load stays short of the channels. */
const MOST_OPEN_LOAD = 0.99;

export class Waits {
  readonly #channels: number;
  readonly #banks: number;
  readonly #stripes: number;
  readonly #actual: VirtualWait;
  readonly #exponential: VirtualWait;
  readonly #actualBank = new BankWait();
  readonly #exponentialBank = new BankWait();
  readonly #station: Station;
  readonly #chance = new Float64Array(LEVELS);
  readonly #laws: readonly WaitLaw[];
  #solved: readonly Customers[] = [];
  /** Correction of the waits found for the exact station's. */
  #factor = 1;

  constructor(config: DiskConfig, mostClasses: number) {
    const { channels, queueing = "shared", stripes = 1, variation } = config;
    this.#channels = channels;
    this.#banks = queueing === "banks" ? channels : 1;
    this.#stripes = this.#banks > 1 ? stripes : 1;
    const atOnce = queueing === "banks" ? 1 : channels;
    this.#actual = new VirtualWait(atOnce, this.#banks, serviceTimes(variation * Math.sqrt(this.#stripes)), mostClasses);
    this.#exponential = new VirtualWait(atOnce, this.#banks, serviceTimes(1), 2);
    this.#station = new Station(channels, queueing);
    this.#laws = Array.from({ length: mostClasses }, () => new WaitLaw());
  }

  /** The waits of a class that was solved for. */
  law(k: number): WaitLaw {
    return this.#laws[k] as WaitLaw;
  }

  solve(classes: readonly Customers[]): void {
    if (classes.length === 0 || same(classes, this.#solved)) return;
    this.#solved = classes;
    const visits = classes.map(({ threads, thinkNs, serviceNs, perNs }) => ({
      threads,
      thinkNs: thinkNs / this.#stripes,
      serviceNs: serviceNs / this.#stripes,
      perNs: perNs * this.#stripes,
    }));
    const found = this.#settled(this.#actual, this.#actualBank, visits, this.#banks === 1 ? 0 : this.#guess(visits));
    const all = aggregate(visits, found);
    this.#factor = this.#correction(visits, all, all.rate > 0 ? all.waitNs : (found[0] as number));
    for (const k of classes.keys()) {
      const none = this.#actual.found(k, this.#chance);
      this.law(k).set(this.#actual, this.#chance, none, this.#factor, this.#stripes);
    }
  }

  /** Mean waits by class. */
  #settled(wait: VirtualWait, bank: BankWait, classes: readonly Customers[], guessNs: number): readonly number[] {
    if (this.#banks === 1) return this.#means(wait, classes, guessNs);
    let means: readonly number[] = [];
    const { serviceNs } = aggregate(
      classes,
      classes.map(() => guessNs),
    );
    bank.solve({ serviceNs, waitNs: guessNs }, (elsewhereNs, near) => {
      means = this.#means(wait, classes, elsewhereNs, near);
      return aggregate(classes, means);
    });
    return means;
  }

  /** What exponential services of the mean's length would wait. */
  #guess(classes: readonly Customers[]): number {
    let waitNs = 0;
    for (let round = 0; round < 2; round++) {
      const all = aggregate(
        classes,
        classes.map(() => waitNs),
      );
      if (all.rate > 0) waitNs = this.#exact(classes, all).waitNs;
    }
    return waitNs;
  }

  /** Mean waits by class when `elsewhereNs` is waited at each other bank. */
  #means(wait: VirtualWait, classes: readonly Customers[], elsewhereNs: number, again = false): readonly number[] {
    const waits = classes.map(() => elsewhereNs);
    const all = aggregate(classes, waits);
    const atOne = classes.map((of) => ({ ...of, perNs: of.perNs / this.#banks }));
    wait.solve(atOne, elsewhereOf(this.#banks, atOne, { ...all, waitNs: elsewhereNs }, wait.variation2), again);
    return classes.map((_, k) => this.#mean(wait, k));
  }

  #mean(wait: VirtualWait, k: number): number {
    wait.found(k, this.#chance);
    let mean = 0;
    for (let i = 0; i < wait.levels; i++) mean += (this.#chance[i] as number) * wait.waitNs(i);
    return mean;
  }

  /** The wait as it is over `foundNs`. */
  #correction(classes: readonly Customers[], all: Aggregate, foundNs: number): number {
    if (foundNs <= 0) return 1;
    const { serviceNs, perNs, openLoad, waitNs: exact } = this.#exact(classes, all);
    const alike: Customers[] = [];
    if (all.threads > 0) alike.push({ threads: all.threads, thinkNs: all.thinkNs, serviceNs, perNs: 0 });
    if (perNs > 0) alike.push({ threads: 0, thinkNs: 0, serviceNs, perNs });
    const alikeNs = this.#settled(this.#exponential, this.#exponentialBank, alike, exact)[0] as number;
    const leastAlikeNs = this.#least(all, serviceNs, perNs * serviceNs);
    const leastNs = this.#least(all, all.serviceNs, openLoad);
    const beyond = Math.max(0, alikeNs - leastAlikeNs);
    const ratio = beyond > 0 ? Math.max(0, foundNs - leastNs) / beyond : 1;
    return (leastNs + Math.max(0, exact - leastAlikeNs) * ratio) / foundNs;
  }

  /** The exponential station with the same number of threads and the same load. */
  #exact(classes: readonly Customers[], all: Aggregate): { serviceNs: number; perNs: number; openLoad: number; waitNs: number } {
    let openRate = 0;
    let openLoad = 0;
    for (const { perNs, serviceNs } of classes) {
      openRate += perNs;
      openLoad += perNs * serviceNs;
    }
    const serviceNs = (all.rate * all.serviceNs + openLoad) / (all.rate + openRate);
    const perNs = Math.min(openRate, (MOST_OPEN_LOAD * this.#channels) / serviceNs);
    const others = Math.max(0, all.threads - 1);
    const waitNs = this.#station.waitNs({ serviceNs, others, thinkNs: all.thinkNs, openRate: perNs });
    return { serviceNs, perNs, openLoad, waitNs };
  }

  /** Wait that the population makes even if no channel ever idles: throughput is bounded. */
  #least({ threads, thinkNs }: Aggregate, serviceNs: number, openLoad: number): number {
    return Math.max(0, (threads * serviceNs) / (this.#channels - openLoad) - thinkNs - serviceNs);
  }
  digest(hasher: Hasher): void {
    this.#actualBank.digest(hasher);
    this.#exponentialBank.digest(hasher);
  }
}
