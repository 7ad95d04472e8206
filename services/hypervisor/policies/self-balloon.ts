/**
 * Guests that size themselves (xenballoond; Linux xen-selfballoon). In reality no host takes part: here it relays the size
 * that each guest's own daemon would choose, from the same figures, without looking at the host's memory.
 */

import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { choice, integer, optional, size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { watermarksOf } from "../../../lib/scenario/watermarks.ts";
import { actualPages, Cycle, decided, kibOf, PerVm, pagesOfKib } from "./adapt.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";
import { selfballoonTargetKib, xenballoondTargetKib } from "./self-balloon/goal.ts";

const DAEMON = { interval: 2_000_000_000, down: 10 };
const KERNEL = { interval: 5_000_000_000, down: 8 };

const options = z.strictObject({
  flavour: withDefault(choice("xenballoond", "kernel"), "xenballoond", "The daemon, or the driver that was in Linux until 5.2."),
  interval: optional(time("100ms", "1h"), "2s for xenballoond, 5s for kernel", "Time between two steps."),
  down: optional(integer(1, 1000), "10 for xenballoond, 8 for kernel", "A step down goes this fraction of the way."),
  up: withDefault(integer(1, 1000), 1, "A step up goes this fraction of the way: all of it."),
  softMaximum: withDefault(size("1MiB", "8TiB"), "1536MiB", "xenballoond: most that a guest asks for by itself (soft_max_mem)."),
  mode: withDefault(choice("normal", "freeze", "emergency"), "normal", "xenballoond: freeze stays, emergency goes to the goal at once."),
});

type Options = z.output<typeof options>;

export const selfBalloon = definePolicy({
  name: "self-balloon",
  summary: "Each guest follows its own committed memory: up at once, down by a tenth of the way, whatever the host has.",
  source: "xenballoond (Xen tools); Linux 5.2 drivers/xen/xen-selfballoon.c",
  options,
  create: (chosen) => new SelfBalloon(chosen),
});

class SelfBalloon implements Policy {
  readonly intervalNs: number;
  readonly occasions = [] as const;
  readonly enforces = false;
  readonly #options: Options;
  readonly #steps: Cycle;
  readonly #largest = new PerVm(() => ({ kib: 0 }));

  constructor(chosen: Options) {
    this.#options = chosen;
    this.intervalNs = chosen.interval ?? (chosen.flavour === "kernel" ? KERNEL.interval : DAEMON.interval);
    this.#steps = new Cycle(this.intervalNs);
  }

  decide(view: HostView): TargetDecision[] {
    const guests = this.#largest.follow(view);
    if (!this.#steps.due(view.nowNs)) return [];
    return guests.flatMap(([vm, largest]) => {
      const committed = vm.stats?.committedPages;
      if (!vm.hasDriver || committed === undefined) return [];
      const currentKib = kibOf(actualPages(vm));
      largest.kib = Math.max(largest.kib, currentKib);
      return decided(vm, pagesOfKib(this.#target(vm, { currentKib, committedKib: kibOf(committed), largestKib: largest.kib })));
    });
  }

  digest(hasher: Hasher): void {
    this.#steps.digest(hasher);
    this.#largest.digest(hasher, ({ kib }) => hasher.number(kib));
  }

  #target(vm: VmView, state: Parameters<typeof xenballoondTargetKib>[0]): number {
    const { flavour, down, up, softMaximum, mode } = this.#options;
    if (flavour === "kernel") {
      const reserveKib = kibOf(watermarksOf(vm.sizePages).highPages);
      return selfballoonTargetKib(state, { downHysteresis: down ?? KERNEL.down, upHysteresis: up, reserveKib });
    }
    const hysteresis = { downHysteresis: down ?? DAEMON.down, upHysteresis: up };
    return xenballoondTargetKib(state, { ...hysteresis, softMaximumKib: kibOf(softMaximum), mode });
  }
}
