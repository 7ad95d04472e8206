/** Senpai over VMs: the target is the limit, the pressure the guest's own (facebookincubator/senpai senpai.py). */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { decimal, integer, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { MICROSECOND_NS } from "../../../lib/units.ts";
import { actualPages, bytesOf, Cycle, decided, PerVm, pagesOfBytes } from "./adapt.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";
import { Senpai } from "./senpai/feedback.ts";

const options = z.strictObject({
  tick: withDefault(time("100ms", "1min"), "1s", "Time between two looks at the guest's pressure."),
  interval: withDefault(integer(1, 3600), 6, "Ticks between two steps down."),
  pressure: withDefault(time("1us", "1s"), "10ms", "Stall wanted in one interval (PSI some)."),
  maxProbe: withDefault(decimal(0, 1), 0.01, "Largest relative step down."),
  maxBackoff: withDefault(decimal(0, 10), 1, "Largest relative step up."),
  probeCoefficient: withDefault(decimal(0.1, 1000), 10, "Pressure this many times below the wanted gives the largest step down."),
  backoffCoefficient: withDefault(decimal(0.1, 1000), 20, "Pressure this many times above the wanted gives the largest step up."),
  stale: withDefault(time("1s", "1h"), "10s", "A guest whose figures are older is left alone. A cgroup can not fall silent, a guest can."),
});

type Options = z.output<typeof options>;

export const senpai = definePolicy({
  name: "senpai",
  summary: "Squeezes each guest by 1 % a step until it just begins to stall, and lets go at once when it stalls more.",
  source: "facebookincubator/senpai senpai.py",
  options,
  create: (chosen) => new SenpaiPolicy(chosen),
});

class SenpaiPolicy implements Policy {
  readonly intervalNs: number;
  readonly occasions = [] as const;
  readonly enforces = false;
  readonly #options: Options;
  readonly #ticks: Cycle;
  readonly #guests: PerVm<Senpai>;

  constructor(chosen: Options) {
    this.intervalNs = chosen.tick;
    this.#options = chosen;
    this.#ticks = new Cycle(chosen.tick);
    this.#guests = new PerVm((vm) => new Senpai(limitsOf(vm, chosen)));
  }

  decide(view: HostView): TargetDecision[] {
    const guests = this.#guests.follow(view);
    if (!this.#ticks.due(view.nowNs)) return [];
    return guests.flatMap(([vm, guest]) => {
      const { stats } = vm;
      if (!vm.hasDriver || stats?.psiSomeTotalNs === undefined || vm.statsAgeNs > this.#options.stale) return [];
      const usedPages = Math.max(0, (stats.totalPages ?? actualPages(vm)) - (stats.freePages ?? 0));
      const bytes = guest.tick(stats.psiSomeTotalNs / MICROSECOND_NS, bytesOf(vm.targetPages), bytesOf(usedPages));
      return decided(vm, pagesOfBytes(bytes));
    });
  }

  digest(hasher: Hasher): void {
    this.#ticks.digest(hasher);
    this.#guests.digest(hasher, (guest) => guest.digest(hasher));
  }
}

function limitsOf(vm: VmView, chosen: Options): ConstructorParameters<typeof Senpai>[0] {
  return {
    pressureUs: chosen.pressure / MICROSECOND_NS,
    intervalTicks: chosen.interval,
    minimumBytes: bytesOf(vm.minimumPages),
    maximumBytes: bytesOf(vm.sizePages),
    maxProbe: chosen.maxProbe,
    maxBackoff: chosen.maxBackoff,
    probeCoefficient: chosen.probeCoefficient,
    backoffCoefficient: chosen.backoffCoefficient,
  };
}
