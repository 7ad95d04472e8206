/** Qubes OS's qmemman over this host's VMs (qubes-core-admin qubes/qmemman). */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { actualPages, bytesOf, Cycle, decided, PerVm, pagesOfBytes, unassignedPages } from "./adapt.ts";
import { definePolicy, type HostView, type Policy, type PolicyNotice, type TargetDecision, type VmView } from "./policy.ts";
import { type DomainState, QmemmanSystem } from "./qmemman/system.ts";

const options = z.strictObject({
  step: withDefault(time("10ms", "10s"), "100ms", "Time between two steps of a transfer."),
});

export const qmemman = definePolicy({
  name: "qmemman",
  summary: "Answers to each guest's figures: 1.3 times what it uses, the rest in proportion; donors first, acceptors as memory comes free.",
  source: "Qubes OS, qubes-core-admin qubes/qmemman",
  options,
  create: (chosen) => new Qmemman(chosen.step),
});

class Qmemman implements Policy {
  readonly intervalNs: number;
  readonly occasions = [] as const;
  readonly enforces = false;
  readonly #steps: Cycle;
  readonly #system: QmemmanSystem;
  #notices: PolicyNotice[] = [];
  readonly #heard = new PerVm(() => ({ takenAtNs: -1 }));

  constructor(stepNs: number) {
    this.intervalNs = stepNs;
    this.#steps = new Cycle(stepNs);
    this.#system = new QmemmanSystem((id, blame) =>
      this.#notices.push({ vm: vmOf(id), text: `${blame}: memory it was to give did not come` }),
    );
  }

  decide(view: HostView): TargetDecision[] {
    const heard = this.#heard.follow(view);
    if (!this.#steps.due(view.nowNs)) return [];
    let hasNews = false;
    for (const [vm, last] of heard) {
      if (vm.stats === undefined || vm.stats.takenAtNs === last.takenAtNs) continue;
      last.takenAtNs = vm.stats.takenAtNs;
      hasNews = true;
    }
    const targets = new Map(this.#system.step(view.vms.map(stateOf), bytesOf(unassignedPages(view)), hasNews));
    return view.vms.flatMap((vm) => {
      const bytes = targets.get(idOf(vm));
      return bytes === undefined ? [] : decided(vm, pagesOfBytes(bytes));
    });
  }

  takeNotices(): readonly PolicyNotice[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices;
  }

  digest(hasher: Hasher): void {
    this.#steps.digest(hasher);
    this.#heard.digest(hasher, ({ takenAtNs }) => hasher.number(takenAtNs));
    this.#system.digest(hasher);
  }
}

/** No VM here is the administrative domain 0. */
function idOf({ vm }: VmView): string {
  return String(vm + 1);
}

function vmOf(id: string): number {
  return Number(id) - 1;
}

/** Used: neither free nor cache. The original's guests count it with a script of their own. */
function stateOf(vm: VmView): DomainState {
  const { totalPages, freePages, cachePages } = vm.stats ?? {};
  const isHeard = vm.hasDriver && freePages !== undefined;
  const usedPages = Math.max(0, (totalPages ?? actualPages(vm)) - (freePages ?? 0) - (cachePages ?? 0));
  return {
    id: idOf(vm),
    usedBytes: isHeard ? bytesOf(usedPages) : null,
    maximumBytes: bytesOf(vm.sizePages),
    actualBytes: bytesOf(actualPages(vm)),
    lastTargetBytes: bytesOf(vm.targetPages),
  };
}
