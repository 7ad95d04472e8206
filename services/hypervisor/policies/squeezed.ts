/** XenServer's squeezed as a daemon: a check every 10 s, and a run of one iteration a second while something is to be done. */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { SECOND_NS } from "../../../lib/units.ts";
import { actualPages, Cycle, decided, kibOf, pagesOfKib, unassignedPages } from "./adapt.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";
import { type Goal, Run } from "./squeezed/run.ts";
import { type Domain, INACCURACY_KIB } from "./squeezed/targets.ts";

const options = z.strictObject({
  check: withDefault(time("1s", "1h"), "10s", "Time between two background checks of the balance."),
  wait: withDefault(time("100ms", "1min"), "1s", "Time between two iterations of a run."),
  slush: withDefault(size("0B", "1TiB"), "72MiB", "Memory kept free: 64 MiB and 8 MiB (9 MiB before CA-423173)."),
  tolerance: withDefault(size("4KiB", "1GiB"), "512KiB", "More than this above the slush is handed out."),
});

export const squeezed = definePolicy({
  name: "squeezed",
  summary: "Every VM at the same fraction of its range, freed before it is promised; drivers without progress for 5 s are left out.",
  source: "XenServer, xen-api ocaml/squeezed/lib/squeeze.ml",
  options,
  create: (chosen) => new Squeezed(chosen),
});

class Squeezed implements Policy {
  readonly intervalNs: number;
  /** The toolstack asks for memory before it starts a domain. */
  readonly occasions = ["roster"] as const;
  readonly balloons = true;
  readonly #goal: Goal;
  readonly #checks: Cycle;
  readonly #iterations: Cycle;
  /** Targets in the original's unit, which is finer than a page. */
  readonly #targetsKib: number[] = [];
  #run: Run | undefined;

  constructor(chosen: z.output<typeof options>) {
    this.intervalNs = Math.min(chosen.wait, chosen.check);
    this.#checks = new Cycle(chosen.check, chosen.check);
    this.#iterations = new Cycle(chosen.wait);
    const slushKib = kibOf(chosen.slush);
    const toleranceKib = kibOf(chosen.tolerance);
    this.#goal = { requiredKib: slushKib, isReached: (freeKib) => freeKib - slushKib < toleranceKib };
  }

  decide(view: HostView): TargetDecision[] {
    const domains = view.vms.map((vm) => this.#domainOf(vm));
    const freeKib = kibOf(unassignedPages(view));
    const nowS = view.nowNs / SECOND_NS;
    const isChecking = this.#checks.due(view.nowNs) || view.occasion === "roster";
    if (this.#run === undefined && isChecking && this.#wouldAdjust(domains, freeKib, nowS)) this.#run = new Run(this.#goal);
    if (this.#run === undefined || !this.#iterations.due(view.nowNs)) return [];
    const { verdict, limits } = this.#run.iterate(domains, freeKib, nowS);
    // A failure is swallowed: the next check begins with everyone innocent again.
    if (verdict.kind !== "adjust") this.#run = undefined;
    return view.vms.flatMap((vm) => {
      const kib = limits.get(vm.vm);
      if (kib === undefined) return [];
      this.#targetsKib[vm.vm] = kib;
      return decided(vm, pagesOfKib(kib));
    });
  }

  digest(hasher: Hasher): void {
    this.#checks.digest(hasher);
    this.#iterations.digest(hasher);
    hasher.word(this.#run === undefined ? 0 : 1);
    this.#run?.digest(hasher);
    for (const kib of this.#targetsKib) hasher.number(kib ?? 0);
  }

  /** The background check is a dry run: it is worth a run only if the first iteration would set other targets. */
  #wouldAdjust(domains: readonly Domain[], freeKib: number, nowS: number): boolean {
    const { verdict } = new Run(this.#goal).iterate(domains, freeKib, nowS);
    if (verdict.kind !== "adjust") return false;
    return domains.some(({ id, targetKib }) => (verdict.targets.get(id) ?? targetKib) !== targetKib);
  }

  #domainOf(vm: VmView): Domain {
    const ownKib = this.#targetsKib[vm.vm];
    const isOwn = ownKib !== undefined && Math.ceil(pagesOfKib(ownKib)) === vm.targetPages;
    return {
      id: vm.vm,
      canBalloon: vm.hasDriver && vm.actualPages !== undefined,
      minimumKib: kibOf(vm.minimumPages),
      maximumKib: kibOf(vm.sizePages),
      targetKib: isOwn ? ownKib : kibOf(vm.targetPages),
      actualKib: kibOf(actualPages(vm)),
      inaccuracyKib: INACCURACY_KIB,
    };
  }
}
