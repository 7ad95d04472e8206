/**
 * Asks the policy when it is due, and contains it: a policy that throws or answers nonsense is reported by name, and the
 * VMs concerned keep their last good targets.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { HostView, Occasion, Policy, TargetDecision, VmView } from "./policies/policy.ts";

export interface PolicyAnswer {
  /** Sound decisions only, at most one per VM. */
  readonly decisions: readonly TargetDecision[];
  /** What was wrong with the rest; empty for nothing. */
  readonly error: string;
}

export class PolicyRunner {
  readonly #name: string;
  readonly #policy: Policy;
  #nextNs = 0;
  readonly #pending = new Set<Occasion>();

  constructor(name: string, policy: Policy) {
    this.#name = name;
    this.#policy = policy;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** Something has happened that the policy may want to answer to. */
  note(occasion: Occasion): void {
    if (this.#policy.occasions.includes(occasion)) this.#pending.add(occasion);
  }

  /** Why the policy is to be asked now; undefined when it is not. */
  due(nowNs: number): Occasion | undefined {
    const onTime = nowNs >= this.#nextNs;
    if (onTime) this.#nextNs = nowNs + this.#policy.intervalNs;
    const occasion = ORDER.find((candidate) => this.#pending.has(candidate)) ?? (onTime ? "interval" : undefined);
    this.#pending.clear();
    return occasion;
  }

  ask(view: HostView): PolicyAnswer {
    let answer: readonly TargetDecision[];
    try {
      answer = this.#policy.decide(view);
    } catch (cause) {
      return this.#refuse([], `threw: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
    if (!Array.isArray(answer)) return this.#refuse([], `answered ${typeof answer}, not a list of targets`);
    const good: TargetDecision[] = [];
    const faults: string[] = [];
    const seen = new Set<number>();
    for (const decision of answer) {
      const fault = faultOf(decision, view, seen);
      if (fault === undefined) good.push(decision);
      else faults.push(fault);
    }
    if (faults.length === 0) return { decisions: good, error: "" };
    const more = faults.length === 1 ? "" : `, and ${faults.length - 1} more`;
    return this.#refuse(good, `${faults[0]}${more}`);
  }

  digest(hasher: Hasher): void {
    hasher.number(this.#nextNs);
    this.#policy.digest?.(hasher);
  }

  #refuse(decisions: readonly TargetDecision[], fault: string): PolicyAnswer {
    return { decisions, error: `policy "${this.#name}" ${fault}` };
  }
}

const ORDER: readonly Occasion[] = ["roster", "state"];

function faultOf(decision: TargetDecision, view: HostView, seen: Set<number>): string | undefined {
  const { vm: number, targetPages } = decision ?? {};
  const vm = find(view.vms, number);
  if (vm === undefined) return `set a target for VM ${number}, which this host does not have`;
  if (seen.has(number)) return `set two targets for VM "${vm.name}"`;
  seen.add(number);
  if (!Number.isInteger(targetPages)) return `set a target of ${targetPages} pages for VM "${vm.name}", which is not a whole number`;
  if (targetPages < vm.minimumPages) return `set ${targetPages} pages for VM "${vm.name}", below its minimum of ${vm.minimumPages}`;
  if (targetPages > vm.sizePages) return `set ${targetPages} pages for VM "${vm.name}", above its size of ${vm.sizePages}`;
  return undefined;
}

/** VMs of a view are ordered by number. */
function find(vms: readonly VmView[], number: number): VmView | undefined {
  let low = 0;
  let high = vms.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const vm = vms[middle] as VmView;
    if (vm.vm === number) return vm;
    if (vm.vm < number) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
