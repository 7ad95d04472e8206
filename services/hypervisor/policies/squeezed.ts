/** XenServer's squeezed as a daemon: a check every 10 s, and a run of one iteration a second while something is to be done. */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { SECOND_NS } from "../../../lib/units.ts";
import { actualPages, Cycle, decided, kibOf, pagesOfKib } from "./adapt.ts";
import { definePolicy, type HostView, type Policy, type PolicyNotice, type TargetDecision, type VmView } from "./policy.ts";
import { Reservation } from "./squeezed/reservation.ts";
import { type Goal, Run } from "./squeezed/run.ts";
import { type Domain, INACCURACY_KIB } from "./squeezed/targets.ts";
import { Uncooperative } from "./squeezed/uncooperative.ts";

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
  readonly enforces = false;
  readonly #slushKib: number;
  readonly #goal: Goal;
  readonly #checks: Cycle;
  readonly #iterations: Cycle;
  /** Targets in the original's unit, which is finer than a page. */
  readonly #targetsKib: number[] = [];
  /** What VMs whose drivers have not spoken yet were promised; undefined for a start that was refused. */
  readonly #promisedKib = new Map<number, number | undefined>();
  readonly #uncooperative = new Uncooperative();
  #notices: PolicyNotice[] = [];
  /** One call at a time. */
  #call: Run | Reservation | undefined;

  constructor(chosen: z.output<typeof options>) {
    this.intervalNs = Math.min(chosen.wait, chosen.check);
    this.#checks = new Cycle(chosen.check, chosen.check);
    this.#iterations = new Cycle(chosen.wait);
    this.#slushKib = kibOf(chosen.slush);
    const toleranceKib = kibOf(chosen.tolerance);
    this.#goal = { requiredKib: this.#slushKib, isReached: (freeKib) => freeKib - this.#slushKib < toleranceKib };
  }

  decide(view: HostView): TargetDecision[] {
    const nowS = view.nowNs / SECOND_NS;
    const limits = new Map<number, number>();
    this.#follow(view);
    this.#reserve(view, nowS, limits);
    const { domains, freeKib } = this.#domains(view);
    this.#watch(domains, view, nowS);
    const isChecking = this.#checks.due(view.nowNs) || view.occasion === "roster";
    if (this.#call === undefined && isChecking && this.#wouldAdjust(domains, freeKib, nowS)) this.#call = new Run(this.#goal);
    if (this.#call instanceof Run && this.#iterations.due(view.nowNs)) {
      const iteration = this.#call.iterate(domains, freeKib, nowS);
      for (const [vm, kib] of iteration.limits) limits.set(vm, kib);
      // A failure is swallowed: the next check begins with everyone innocent again.
      if (iteration.verdict.kind !== "adjust") this.#call = undefined;
    }
    return view.vms.flatMap((vm) => {
      const kib = limits.get(vm.vm);
      if (kib === undefined) return [];
      this.#targetsKib[vm.vm] = kib;
      return decided(vm, pagesOfKib(kib));
    });
  }

  takeNotices(): readonly PolicyNotice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  digest(hasher: Hasher): void {
    this.#checks.digest(hasher);
    this.#iterations.digest(hasher);
    hasher.word(this.#call === undefined ? 0 : 1);
    this.#call?.digest(hasher);
    for (const kib of this.#targetsKib) hasher.number(kib ?? 0);
    for (const vm of [...this.#promisedKib.keys()].sort((a, b) => a - b)) {
      hasher.word(vm);
      hasher.number(this.#promisedKib.get(vm) ?? 0);
    }
    this.#uncooperative.digest(hasher);
  }

  /** A promise ends when the VM's driver speaks, or the VM leaves; so does a call for it. */
  #follow(view: HostView): void {
    const booting = new Set(view.vms.filter(isBooting).map(({ vm }) => vm));
    for (const vm of [...this.#promisedKib.keys()]) if (!booting.has(vm)) this.#promisedKib.delete(vm);
    if (this.#call instanceof Reservation && !booting.has(this.#call.id)) this.#call = undefined;
  }

  /** Calls for the VMs that have just come, one after the other: those that need no one's memory are done at once. */
  #reserve(view: HostView, nowS: number, limits: Map<number, number>): void {
    if (this.#call instanceof Run) return;
    const waiting = view.vms.filter((vm) => isBooting(vm) && !this.#promisedKib.has(vm.vm));
    if (waiting.length === 0) return;
    const { domains, freeKib } = this.#domains(view);
    let leftKib = freeKib;
    const open = this.#call;
    for (const vm of waiting) {
      if (this.#call !== undefined && this.#call.id !== vm.vm) continue;
      if (this.#call !== undefined && this.#call === open && !this.#iterations.due(view.nowNs)) return;
      const range = { minimumKib: kibOf(vm.minimumPages), maximumKib: kibOf(vm.sizePages) };
      this.#call ??= new Reservation(vm.vm, range, domains, leftKib, this.#slushKib);
      const { grantedKib, failed, limits: others } = this.#call.iterate(domains, leftKib, nowS);
      for (const [other, kib] of others) limits.set(other, kib);
      if (grantedKib === undefined && failed === undefined) return;
      this.#call = undefined;
      this.#promisedKib.set(vm.vm, grantedKib);
      if (grantedKib === undefined) {
        this.#refuse(vm, failed?.refusing ?? [], view);
        continue;
      }
      limits.set(vm.vm, grantedKib);
      domains.push(this.#domainOf(vm));
      leftKib -= grantedKib;
    }
  }

  /** The toolstack would not start this VM. Here it runs all the same, and counts from its driver's first word on. */
  #refuse(vm: VmView, refusing: readonly number[], view: HostView): void {
    const names = view.vms.filter((other) => refusing.includes(other.vm)).map(({ name }) => name);
    const why = names.length === 0 ? "cannot free this much memory" : `refused to cooperate: ${names.join(", ")}`;
    this.#notices.push({ vm: vm.vm, text: `no reservation for its start: ${why}` });
  }

  #watch(domains: readonly Domain[], view: HostView, nowS: number): void {
    const { set, cleared } = this.#uncooperative.look(domains, nowS);
    for (const vm of set) this.#notices.push({ vm, text: "uncooperative: off its target for more than 20 s" });
    for (const vm of cleared) if (view.vms.some((other) => other.vm === vm)) this.#notices.push({ vm, text: "cooperates again" });
  }

  /** The background check is a dry run: it is worth a run only if the first iteration would set other targets. */
  #wouldAdjust(domains: readonly Domain[], freeKib: number, nowS: number): boolean {
    const { verdict } = new Run(this.#goal).iterate(domains, freeKib, nowS);
    if (verdict.kind !== "adjust") return false;
    return domains.some(({ id, targetKib }) => (verdict.targets.get(id) ?? targetKib) !== targetKib);
  }

  /** The domains that there are for squeezed, and what they leave free. */
  #domains(view: HostView): { domains: Domain[]; freeKib: number } {
    const there = view.vms.filter((vm) => !isBooting(vm) || this.#promisedKib.get(vm.vm) !== undefined);
    const domains = there.map((vm) => this.#domainOf(vm));
    const freeKib = kibOf(view.memoryPages - view.reservedPages - view.overheadPages);
    return { domains, freeKib: domains.reduce((left, { actualKib }) => left - actualKib, freeKib) };
  }

  #domainOf(vm: VmView): Domain {
    const ownKib = this.#targetsKib[vm.vm];
    const isOwn = ownKib !== undefined && Math.ceil(pagesOfKib(ownKib)) === vm.targetPages;
    const promisedKib = this.#promisedKib.get(vm.vm);
    return {
      id: vm.vm,
      canBalloon: vm.hasDriver && vm.actualPages !== undefined,
      minimumKib: kibOf(vm.minimumPages),
      maximumKib: kibOf(vm.sizePages),
      targetKib: promisedKib ?? (isOwn ? ownKib : kibOf(vm.targetPages)),
      actualKib: promisedKib ?? kibOf(actualPages(vm)),
      inaccuracyKib: INACCURACY_KIB,
    };
  }
}

/** It has a driver that has not said that it is there. */
function isBooting(vm: VmView): boolean {
  return vm.hasDriver && vm.actualPages === undefined;
}
