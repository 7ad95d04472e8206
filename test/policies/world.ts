/** A host with guests whose drivers do as they are told, at a speed; for policies alone, without guests, links or ledger. */
import { HostState } from "../../lib/wire/messages.ts";
import type { HostView, Policy, VmView } from "../../services/hypervisor/policies/policy.ts";
import { type PolicyAnswer, PolicyRunner } from "../../services/hypervisor/policyrunner.ts";

export const GIB_PAGES = 262_144;
export const MIB_PAGES = 256;
const KEPT_FREE_PAGES = 64 * MIB_PAGES;
const SECOND_NS = 1_000_000_000;

export interface ToyVm {
  readonly sizePages: number;
  readonly minimumPages: number;
  readonly shares: number;
  /** What the guest has in use, beside free memory and cache. */
  usedPages: number;
  cachePages: number;
  committedPages: number;
  /** Pages a second that the driver moves; 0: stuck. */
  readonly speed: number;
  readonly hasDriver: boolean;
  /** A silent guest's statistics stay as they were. */
  isSilent: boolean;
}

export const TOY: ToyVm = {
  sizePages: 4 * GIB_PAGES,
  minimumPages: GIB_PAGES / 2,
  shares: 1000,
  usedPages: GIB_PAGES,
  cachePages: 0,
  committedPages: GIB_PAGES,
  speed: GIB_PAGES / 4,
  hasDriver: true,
  isSilent: false,
};

export class ToyHost {
  readonly vms: ToyVm[];
  readonly targets: number[];
  readonly actual: number[];
  readonly errors: string[] = [];
  readonly answers: { atS: number; answer: PolicyAnswer }[] = [];
  readonly psiSomeNs: number[];
  nowNs = 0;
  readonly #memoryPages: number;
  readonly #runner: PolicyRunner;
  readonly #stats: VmView["stats"][];

  constructor(policy: Policy, memoryPages: number, vms: readonly Partial<ToyVm>[]) {
    this.vms = vms.map((vm) => ({ ...TOY, ...vm }));
    this.targets = this.vms.map(({ sizePages }) => sizePages);
    this.actual = [...this.targets];
    this.psiSomeNs = this.vms.map(() => 0);
    this.#stats = this.vms.map(() => undefined);
    this.#memoryPages = memoryPages;
    this.#runner = new PolicyRunner("toy", policy);
    this.#runner.note("roster");
  }

  /** Runs for `seconds` in steps of 0.1 s; guests report once a second, from the first second on. */
  run(seconds: number): void {
    for (let step = 0; step < seconds * 10; step++) {
      this.#move(0.1);
      if (this.nowNs % SECOND_NS === 0 && this.nowNs > 0) this.#report();
      const occasion = this.#runner.due(this.nowNs);
      if (occasion !== undefined) this.#ask(occasion);
      this.nowNs += SECOND_NS / 10;
    }
  }

  get assignedPages(): number {
    return this.actual.reduce((sum, pages) => sum + pages, 0);
  }

  /** Machine pages that no VM has in use: what a host without enforcement has free. */
  get freePages(): number {
    let pages = this.#memoryPages;
    for (let i = 0; i < this.vms.length; i++) pages -= this.#heldPages(i);
    return Math.max(0, pages);
  }

  #heldPages(i: number): number {
    return Math.min(this.actual[i] as number, (this.vms[i] as ToyVm).usedPages + this.#cachePages(i));
  }

  /** The guest's kernel drops cache to keep a little free. */
  #cachePages(i: number): number {
    const vm = this.vms[i] as ToyVm;
    return Math.max(0, Math.min(vm.cachePages, (this.actual[i] as number) - vm.usedPages - KEPT_FREE_PAGES));
  }

  view(occasion: HostView["occasion"]): HostView {
    const thresholds = { highPages: 0, softPages: 0, hardPages: 0, lowPages: 0, margin: 1.25 };
    const vms = this.vms.map((vm, i) => ({
      vm: i,
      name: `vm${i}`,
      group: "toys",
      sizePages: vm.sizePages,
      minimumPages: vm.minimumPages,
      shares: vm.shares,
      hasDriver: vm.hasDriver,
      targetPages: this.targets[i] as number,
      actualPages: this.#stats[i]?.actualPages,
      residentPages: this.#heldPages(i),
      stats: this.#stats[i],
      statsAgeNs: this.nowNs - (this.#stats[i]?.takenAtNs ?? Number.NEGATIVE_INFINITY),
      activePages: undefined,
    }));
    const { nowNs, freePages } = this;
    const host = {
      memoryPages: this.#memoryPages,
      reservedPages: 0,
      overheadPages: 0,
      freePages,
      sharedPages: 0,
      sharingPages: 0,
      availablePages: freePages,
    };
    return { nowNs, occasion, ...host, state: HostState.HOST_STATE_HIGH, thresholds, vms };
  }

  #move(seconds: number): void {
    for (const [i, { speed, hasDriver }] of this.vms.entries()) {
      const distance = (this.targets[i] as number) - (this.actual[i] as number);
      const reach = hasDriver ? Math.min(Math.abs(distance), Math.floor(speed * seconds)) : 0;
      this.actual[i] = (this.actual[i] as number) + Math.sign(distance) * reach;
    }
  }

  #report(): void {
    for (const [i, vm] of this.vms.entries()) {
      if (vm.isSilent || !vm.hasDriver) continue;
      const actualPages = this.actual[i] as number;
      const cachePages = this.#cachePages(i);
      const freePages = Math.max(0, actualPages - vm.usedPages - cachePages);
      const { committedPages } = vm;
      const psiSomeTotalNs = this.psiSomeNs[i];
      this.#stats[i] = {
        actualPages,
        freePages,
        cachePages,
        totalPages: actualPages,
        availablePages: freePages + cachePages,
        committedPages,
        psiSomeTotalNs,
        takenAtNs: this.nowNs,
        action: 0,
      };
    }
  }

  #ask(occasion: HostView["occasion"]): void {
    const answer = this.#runner.ask(this.view(occasion));
    if (answer.error !== "") this.errors.push(answer.error);
    this.answers.push({ atS: this.nowNs / SECOND_NS, answer });
    for (const { vm, targetPages } of answer.decisions) this.targets[vm] = targetPages;
  }
}
