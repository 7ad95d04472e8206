/**
 * What a reclamation policy is: a function from what a real host may know to targets for its VMs.
 *
 * A policy never sees a guest's true working set: it sees the machine pages that the host gave, what the driver reports (late, or
 * never), and the host's own noisy samples. It may keep state of its own, of which `digest` tells the run's digest. A policy of the user's
 * own has fewer members (OwnPolicy in policyworker.ts), and its state is its own affair.
 */
import type { z } from "zod";
import type { Hasher } from "../../../lib/engine/hasher.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import type { DriverStats } from "../../../lib/wire/messages.ts";
import type { SamplingConfig } from "../sampling.ts";
import type { Thresholds } from "../states.ts";

/** One VM that holds a lease. */
export interface VmView {
  /** The VM's number on this host, from 0. */
  readonly vm: number;
  readonly name: string;
  readonly group: string;
  readonly sizePages: number;
  readonly minimumPages: number;
  readonly shares: number;
  /** Whether the VM has a balloon device at all. */
  readonly hasDriver: boolean;
  /** The newest target; the size, where none was set. */
  readonly targetPages: number;
  /** Size less balloon, as the driver says it is; undefined until it has said so. */
  readonly actualPages: number | undefined;
  /** Machine pages that the VM holds, those of its compressed pages among them: the host's own figure. */
  readonly residentPages: number;
  /** The newest statistics, and the age of their figures. */
  readonly stats: Readonly<DriverStats> | undefined;
  readonly statsAgeNs: number;
  /** Active pages by the host's samples; undefined before the first, or when the policy asks for no samples. */
  readonly activePages: number | undefined;
}

/** Why the policy is asked now. */
export type Occasion = "interval" | "state" | "roster";

export interface HostView {
  readonly nowNs: number;
  readonly occasion: Occasion;
  readonly memoryPages: number;
  /** Kept by the host itself, and spent on the VMs beside their memory. */
  readonly reservedPages: number;
  readonly overheadPages: number;
  readonly freePages: number;
  /** Frames of page sharing, and pages of VMs that stand on them. */
  readonly sharedPages: number;
  readonly sharingPages: number;
  /** Free, or to be had at once. */
  readonly availablePages: number;
  /** HostState of the wire. */
  readonly state: number;
  readonly thresholds: Thresholds;
  /** VMs that hold a lease, by number. */
  readonly vms: readonly VmView[];
}

export interface TargetDecision {
  readonly vm: number;
  /** Whole pages, from the VM's minimum to its size. */
  readonly targetPages: number;
  /** The driver is not told: only the host's swapping and stopping go by the target. */
  readonly untold?: boolean;
}

/** What the original tells its operator beside setting targets: it becomes an event of the run. */
export interface PolicyNotice {
  /** The VM concerned; absent for the host. */
  readonly vm?: number;
  readonly text: string;
}

export interface Policy {
  /** Time between two calls; Infinity for a policy that only answers to occasions. */
  readonly intervalNs: number;
  /** Beside the interval: when the host's state changes, and when a VM comes or goes. */
  readonly occasions: readonly Occasion[];
  /**
   * True for ESX, whose host holds VMs to their targets: it waits for balloons while it can, then swaps down to the targets, and in
   * the low state stops the VMs above theirs (OSDI'02 section 6.3). False for a host as Linux is: it swaps when free memory is below
   * the hard threshold, until it is well above the soft one, without regard to targets, and stops nobody.
   */
  readonly enforces: boolean;
  /** True for ESX from 4.1 on: its host has a compressed pool where the scenario does not say. */
  readonly compresses?: boolean;
  /** Pages per second that the host is to scan for equal ones, as last decided; absent: the scenario's. */
  readonly scanPagesPerS?: number | undefined;
  /** Samples of accessed pages that the policy needs. */
  readonly sampling?: SamplingConfig;
  /** Thresholds of the host's states, where the policy has its own; absent: those of the scenario. */
  readonly thresholds?: Thresholds;
  /** VMs that are not named keep their targets. */
  decide(view: HostView): readonly TargetDecision[];
  /** Notices since the last call. */
  takeNotices?(): readonly PolicyNotice[];
  digest?(hasher: Hasher): void;
  /** It is not asked any more: lets go of what would outlive it. */
  end?(): void;
}

/** A policy as it is listed, chosen by name and given its parameters. */
export interface PolicyModule<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Where it comes from: paper, program, documentation. */
  readonly source: string;
  /** Of its parameters: lib/scenario/schema/field.ts describes each. */
  readonly options: S;
  create(options: z.output<S>, scenario: Scenario): Policy;
  /** What the policy needs of the guests, such as a feature of their drivers; called once, before a run. */
  prepare?(scenario: Scenario): Scenario;
}

/** Declares a policy module with the types of its own options. */
export function definePolicy<S extends z.ZodType>(module: PolicyModule<S>): PolicyModule<S> {
  return module;
}
