/** ChromeOS's BalanceAvailable policy over this host's VMs (platform2 vm_tools/concierge/balloon_policy.cc). */
import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { flag, share, size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { actualPages, bytesOf, Cycle, PerVm } from "./adapt.ts";
import { BalanceAvailable } from "./balance-available/balance.ts";
import { BalloonedVm } from "./balance-available/driver.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";

const options = z.strictObject({
  interval: withDefault(time("100ms", "1h"), "1s", "Timer of each VM."),
  critical: withDefault(share, "5.2%", "The host's critical margin, as a share of its memory (resourced)."),
  bias: withDefault(size("0B", "1TiB"), "0B", "How much less a guest's head-room counts with a full balloon."),
  stallRule: withDefault(flag, true, "Give 128 MiB back and stop inflating for 10 s where a balloon inflates by less than 15 MiB/s."),
  stale: withDefault(time("100ms", "1h"), "5s", "A guest whose figures are older is skipped."),
});

type Options = z.output<typeof options>;

export const balanceAvailable = definePolicy({
  name: "balance-available",
  summary: "Every second levels what host and guest have available above what each finds critical.",
  source: "ChromeOS, platform2 vm_tools/concierge/balloon_policy.cc; stall rule of concierge/mm",
  options,
  create: (chosen) => new BalanceAvailablePolicy(chosen),
});

interface Guest {
  readonly balance: BalanceAvailable;
  readonly balloon: BalloonedVm;
}

class BalanceAvailablePolicy implements Policy {
  readonly intervalNs: number;
  readonly occasions = [] as const;
  readonly enforces = false;
  readonly #options: Options;
  readonly #timer: Cycle;
  #guests: PerVm<Guest> | undefined;

  constructor(chosen: Options) {
    this.intervalNs = chosen.interval;
    this.#options = chosen;
    this.#timer = new Cycle(chosen.interval);
  }

  /** Each VM by itself against the same host memory, as in the original: many VMs act on one head-room at once. */
  decide(view: HostView): TargetDecision[] {
    this.#guests ??= this.#start(view);
    const guests = this.#guests.follow(view);
    if (!this.#timer.due(view.nowNs)) return [];
    return guests.flatMap(([vm, { balance, balloon }]) =>
      balloon.step(view, vm, this.#options.stale, () => balance.step(inputOf(view, vm)).deltaBytes),
    );
  }

  digest(hasher: Hasher): void {
    this.#timer.digest(hasher);
    this.#guests?.digest(hasher, ({ balance, balloon }) => {
      balance.digest(hasher);
      balloon.digest(hasher);
    });
  }

  #start(view: HostView): PerVm<Guest> {
    const criticalHostBytes = Math.trunc(bytesOf(view.memoryPages) * this.#options.critical);
    const settings = { criticalHostBytes, biasBytes: bytesOf(this.#options.bias) };
    return new PerVm(() => ({ balance: new BalanceAvailable(settings), balloon: new BalloonedVm(this.#options.stallRule) }));
  }
}

function inputOf(view: HostView, vm: VmView): Parameters<BalanceAvailable["step"]>[0] {
  return {
    actualBalloonBytes: bytesOf(vm.sizePages - actualPages(vm)),
    guestTotalBytes: bytesOf(vm.stats?.totalPages ?? vm.sizePages),
    guestFreeBytes: bytesOf(vm.stats?.freePages ?? 0),
    guestCacheBytes: bytesOf(vm.stats?.cachePages ?? 0),
    hostAvailableBytes: bytesOf(view.availablePages),
  };
}
