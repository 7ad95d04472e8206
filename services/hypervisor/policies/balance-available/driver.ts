/**
 * One ChromeOS VM's balloon under a policy that answers with a change: what the broker adds around it (platform2
 * vm_tools/concierge). The first statistics after a start are stale and thrown away; the stall rule watches inflations.
 */
import type { Hasher } from "../../../../lib/engine/hasher.ts";
import { SECOND_NS } from "../../../../lib/units.ts";
import { actualPages, bytesOf, decided, pagesOfBytes } from "../adapt.ts";
import type { HostView, TargetDecision, VmView } from "../policy.ts";
import { GIVEN_BACK_BYTES, resized, StallDetector } from "./stall.ts";

export class BalloonedVm {
  readonly #detector: StallDetector | undefined;
  #hasHeard = false;
  #takenAtNs = 0;

  constructor(stallRule: boolean) {
    this.#detector = stallRule ? new StallDetector() : undefined;
  }

  /** A guest whose figures are older than `staleNs` is skipped; `change` is the policy's answer for this VM, in bytes. */
  step(view: HostView, vm: VmView, staleNs: number, change: () => number): TargetDecision[] {
    const { stats } = vm;
    if (!vm.hasDriver || stats === undefined || vm.statsAgeNs > staleNs || !this.#isFresh(stats.takenAtNs)) return [];
    const nowS = view.nowNs / SECOND_NS;
    const actual = bytesOf(vm.sizePages - actualPages(vm));
    const target = bytesOf(vm.sizePages - vm.targetPages);
    if (this.#detector?.hasStalled(nowS, actual, target)) return balloonTo(vm, resized(actual, target, -GIVEN_BACK_BYTES));
    const delta = change();
    if (delta === 0 || (delta > 0 && this.#detector?.isBlocked(nowS))) return [];
    if (delta > 0) this.#detector?.arm(nowS, actual);
    return balloonTo(vm, resized(actual, target, delta));
  }

  digest(hasher: Hasher): void {
    hasher.word(this.#hasHeard ? 1 : 0);
    hasher.number(this.#takenAtNs);
    this.#detector?.digest(hasher);
  }

  /** The first figures are only noted. */
  #isFresh(takenAtNs: number): boolean {
    if (this.#hasHeard) return takenAtNs !== this.#takenAtNs;
    this.#hasHeard = true;
    this.#takenAtNs = takenAtNs;
    return false;
  }
}

function balloonTo(vm: VmView, bytes: number): TargetDecision[] {
  return decided(vm, vm.sizePages - pagesOfBytes(bytes));
}
