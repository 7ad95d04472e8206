/** oVirt's MOM with its own rules, and as vdsm ships it (mom/HostMonitor.py, mom/PolicyEngine.py; vdsm mom.conf). */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { flag, integer, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { actualPages, Cycle, decided, kibOf, PerVm, pagesOfKib } from "./adapt.ts";
import { evaluate, type Flavour, type GuestReading, type HostReading } from "./mom/rules.ts";
import { KsmScan } from "./mom/scan.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";

/** vdsm runs monitors and policy at one interval, MOM itself looks twice for each decision. */
export function momOptions(sample: string, interval: string) {
  return z.strictObject({
    interval: withDefault(time("100ms", "1h"), interval, "Time between two evaluations of the rules."),
    sample: withDefault(time("100ms", "1h"), sample, "Time between two readings of host and guests."),
    history: withDefault(integer(1, 1000), 10, "Readings over which averages are taken."),
    ksm: withDefault(flag, true, "Whether the rules for page sharing run: off with plenty of memory, faster when it is short."),
  });
}

const options = momOptions("5s", "10s");
export type MomOptions = z.output<typeof options>;

export const mom = definePolicy({
  name: "mom",
  summary:
    "Below 20 % free on the host every guest shrinks by up to 5 %, otherwise every guest grows; no guest is weighed against another.",
  source: "oVirt/mom doc/balloon.rules",
  options,
  create: (chosen) => new Mom(chosen, { kind: "mom" }),
});

export class Mom implements Policy {
  readonly intervalNs: number;
  readonly occasions = [] as const;
  readonly enforces = false;
  readonly #flavour: Flavour;
  readonly #history: number;
  readonly #samples: Cycle;
  readonly #evaluations: Cycle;
  readonly #guests = new PerVm<GuestReading[]>(() => []);
  readonly #ksm: KsmScan | undefined;
  #host: HostReading[] = [];

  constructor(chosen: MomOptions, flavour: Flavour) {
    this.#flavour = flavour;
    this.#history = chosen.history;
    this.#ksm = chosen.ksm ? new KsmScan(flavour.kind) : undefined;
    this.intervalNs = Math.min(chosen.sample, chosen.interval);
    this.#samples = new Cycle(chosen.sample);
    // The monitors have looked once before the first evaluation.
    this.#evaluations = new Cycle(chosen.interval, chosen.interval);
  }

  get scanPagesPerS(): number | undefined {
    return this.#ksm?.pagesPerS;
  }

  decide(view: HostView): TargetDecision[] {
    const guests = this.#guests.follow(view);
    if (this.#samples.due(view.nowNs)) {
      const reading = { freeKb: kibOf(view.availablePages), totalKb: kibOf(view.memoryPages) };
      this.#host = [...this.#host, reading].slice(-this.#history);
      for (const [vm, readings] of guests) readings.splice(0, readings.length, ...[...readings, readingOf(vm)].slice(-this.#history));
    }
    if (!this.#evaluations.due(view.nowNs)) return [];
    this.#ksm?.evaluate(view, this.#host);
    const ready = guests.filter(([, readings]) => readings.length > 0);
    const histories = ready.map(([vm, samples]) => ({ id: String(vm.vm), samples }));
    const { targets } = evaluate(this.#flavour, this.#host, histories);
    return ready.flatMap(([vm]) => {
      const kib = targets.get(String(vm.vm));
      return kib === undefined ? [] : decided(vm, pagesOfKib(Math.trunc(kib)));
    });
  }

  digest(hasher: Hasher): void {
    this.#samples.digest(hasher);
    this.#evaluations.digest(hasher);
    this.#ksm?.digest(hasher);
    for (const { freeKb } of this.#host) hasher.number(freeKb ?? -1);
    this.#guests.digest(hasher, (readings) => {
      for (const { currentKb, unusedKb } of readings) {
        hasher.number(currentKb ?? -1);
        hasher.number(unusedKb ?? -1);
      }
    });
  }
}

/** libvirt always names a current size; without an answer of the guest there is no unused memory. Old figures count as new. */
function readingOf(vm: VmView): GuestReading {
  const unused = vm.stats?.freePages;
  return {
    currentKb: kibOf(actualPages(vm)),
    unusedKb: unused === undefined ? null : kibOf(unused),
    minimumKb: kibOf(vm.minimumPages),
    maximumKb: kibOf(vm.sizePages),
  };
}
