/**
 * In the hard and low states vSphere 6 leaves the balloons alone: it swaps down to the targets, and no driver is told of a lower one
 * (yellow-bricks.com, 2015). Back in the soft state the drivers are told.
 */
import type { Hasher } from "../../../lib/engine/hasher.ts";
import { HostState } from "../../../lib/wire/messages.ts";
import type { HostView, TargetDecision } from "./policy.ts";

export class Balloons {
  /** VMs whose drivers were not told of their newest target. */
  readonly #untold = new Set<number>();

  tell(view: HostView, decisions: readonly TargetDecision[]): TargetDecision[] {
    const swaps = view.state === HostState.HOST_STATE_HARD || view.state === HostState.HOST_STATE_LOW;
    const decided = new Map(decisions.map((decision) => [decision.vm, decision]));
    return view.vms.flatMap(({ vm, targetPages }) => {
      const decision = decided.get(vm) ?? (this.#untold.has(vm) && !swaps ? { vm, targetPages } : undefined);
      if (decision === undefined) return [];
      const untold = swaps && decision.targetPages < targetPages;
      if (untold) this.#untold.add(vm);
      else this.#untold.delete(vm);
      return [untold ? { ...decision, untold } : decision];
    });
  }

  digest(hasher: Hasher): void {
    for (const vm of [...this.#untold].sort((a, b) => a - b)) hasher.word(vm);
  }
}
