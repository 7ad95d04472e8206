/** ChromeOS's LimitCache policy over this host's VMs (platform2 vm_tools/concierge/balloon_policy.cc before ca679ab3b5). */

import { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { flag, share, size, time, withDefault } from "../../../lib/scenario/schema/field.ts";
import { watermarksOf } from "../../../lib/scenario/watermarks.ts";
import { KIB } from "../../../lib/units.ts";
import { bytesOf, Cycle, kibOf, PerVm } from "./adapt.ts";
import { BalloonedVm } from "./balance-available/driver.ts";
import { type LimitInput, type LimitOptions, limitCacheDelta } from "./limit-cache/limit.ts";
import { definePolicy, type HostView, type Policy, type TargetDecision, type VmView } from "./policy.ts";

const options = z.strictObject({
  interval: withDefault(time("100ms", "1h"), "1s", "Timer of each VM."),
  critical: withDefault(share, "5.2%", "The host's critical margin, as a share of its memory (resourced)."),
  moderate: withDefault(share, "40%", "The host's moderate margin, as a share of its memory (resourced)."),
  reclaimCache: withDefault(
    size("0B", "1TiB"),
    "0B",
    "Cache left to a guest while the host reclaims; 0 turns the rule off. Set by device.",
  ),
  criticalCache: withDefault(size("0B", "1TiB"), "64MiB", "The same below the critical margin. Not published: a choice."),
  moderateCache: withDefault(size("0B", "1TiB"), "256MiB", "The same below the moderate margin. Not published: a choice."),
  stallRule: withDefault(flag, false, "The stall rule of the policy that came after this one."),
  stale: withDefault(time("100ms", "1h"), "5s", "A guest whose figures are older is skipped."),
});

type Options = z.output<typeof options>;

export const limitCache = definePolicy({
  name: "limit-cache",
  summary: "Keeps a guest's free memory near its reserves and, as the host runs short, its page cache below a limit.",
  source: "ChromeOS, platform2 vm_tools/concierge/balloon_policy.cc before ca679ab3b5",
  options,
  create: (chosen) => new LimitCachePolicy(chosen),
});

class LimitCachePolicy implements Policy {
  readonly intervalNs: number;
  readonly occasions = [] as const;
  readonly enforces = false;
  readonly #options: Options;
  readonly #timer: Cycle;
  readonly #guests: PerVm<BalloonedVm>;

  constructor(chosen: Options) {
    this.intervalNs = chosen.interval;
    this.#options = chosen;
    this.#timer = new Cycle(chosen.interval);
    this.#guests = new PerVm(() => new BalloonedVm(chosen.stallRule));
  }

  decide(view: HostView): TargetDecision[] {
    const guests = this.#guests.follow(view);
    if (!this.#timer.due(view.nowNs)) return [];
    return guests.flatMap(([vm, balloon]) =>
      balloon.step(view, vm, this.#options.stale, () => limitCacheDelta(inputOf(view, vm), limitsOf(view, vm, this.#options))),
    );
  }

  digest(hasher: Hasher): void {
    this.#timer.digest(hasher);
    this.#guests.digest(hasher, (balloon) => balloon.digest(hasher));
  }
}

/** Shared and unevictable memory are not in a balloon's statistics: the guest's cache counts in full. */
function inputOf(view: HostView, vm: VmView): LimitInput {
  return {
    guestFreeBytes: bytesOf(vm.stats?.freePages ?? 0),
    guestDiskCacheBytes: bytesOf(vm.stats?.cachePages ?? 0),
    guestSharedBytes: 0,
    guestUnevictableBytes: 0,
    hostFreeBytes: bytesOf(view.freePages),
    hostAvailableBytes: bytesOf(view.availablePages),
  };
}

/** Both kernels' watermarks from their memory's size. The reserve counts 1.5 high watermarks, as the original's reader does. */
function limitsOf(view: HostView, vm: VmView, chosen: Options): LimitOptions {
  const hostBytes = bytesOf(view.memoryPages);
  const guest = watermarksOf(vm.sizePages);
  return {
    criticalHostBytes: Math.trunc(hostBytes * chosen.critical),
    moderateHostBytes: Math.trunc(hostBytes * chosen.moderate),
    hostLowWatermarkBytes: bytesOf(watermarksOf(view.memoryPages).lowPages),
    guestLowWatermarkBytes: bytesOf(guest.lowPages),
    guestReserveBytes: Math.trunc(kibOf(guest.highPages) * 1.5) * KIB,
    reclaimCacheBytes: bytesOf(chosen.reclaimCache),
    criticalCacheBytes: bytesOf(chosen.criticalCache),
    moderateCacheBytes: bytesOf(chosen.moderateCache),
  };
}
