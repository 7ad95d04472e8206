/** The figures of a run: what summary.json holds, the report's tables show and a test asserts on. */
import { HYPERVISOR } from "../../lib/engine/actor.ts";
import type { Aggregator } from "./aggregate/aggregator.ts";
import type { Leg } from "./aggregate/control.ts";
import type { EventName, TimelineEvent } from "./aggregate/events.ts";
import type { GuestFlow } from "./aggregate/flow.ts";
import type { Gap } from "./aggregate/gaps.ts";
import type { GuestAggregate, GuestPeaks } from "./aggregate/guest.ts";
import type { HostFlow } from "./aggregate/host.ts";
import type { Lagging } from "./aggregate/lag.ts";
import { type Percentiles, percentilesOf } from "./aggregate/percentiles.ts";
import type { Window } from "./aggregate/phases.ts";
import { type TrafficSummary, trafficOf } from "./aggregate/traffic.ts";
import { fairnessOf, type HostFigures, hostFigures, type VmFigures, vmFigures } from "./figures.ts";

export interface VmMemoryNow {
  readonly sizePages: number;
  readonly balloonPages: number;
  readonly targetPages: number;
  readonly swappedPages: number;
}

export interface VmSummary extends VmFigures {
  readonly name: string;
  readonly samples: number;
  readonly faultLatency: Percentiles | null;
  readonly operationLatency: Percentiles | null;
  readonly last: VmMemoryNow | null;
  readonly peaks: GuestPeaks;
  readonly boots: number;
  readonly worstLagNs: number;
}

export interface HostSummary extends HostFigures {
  readonly name: string;
  readonly samples: number;
  readonly machinePages: number;
  readonly peakSwappedPages: number;
  readonly peakPoolPages: number;
  readonly worstLagNs: number;
}

export interface PhaseSummary extends Window {
  readonly host: HostFigures;
  /** In roster order. */
  readonly vms: readonly (VmFigures & { readonly name: string })[];
  readonly fairness: number | null;
}

export interface SourceSummary {
  readonly name: string;
  readonly incarnation: number;
  readonly accepted: number;
  readonly lost: number;
  readonly refused: number;
  /** Delivery time of its last message; 0: nothing came. */
  readonly heardAtNs: number;
  /** It was not heard to the end: what it did after heardAtNs is not on record. */
  readonly silent: boolean;
}

export interface Summary {
  readonly scenario: string;
  readonly seed: number;
  /** Delivery time of the last message. */
  readonly lastMessageNs: number;
  readonly durationNs: number;
  /** Model time at which the run ended, its duration at most. */
  readonly endNs: number;
  /** Of a guest. */
  readonly stepNs: number;
  readonly host: HostSummary;
  /** In roster order. */
  readonly vms: readonly VmSummary[];
  readonly phases: readonly PhaseSummary[];
  /** Jain's index of 1 / slowdown over the VMs that had work. */
  readonly fairness: number | null;
  readonly control: {
    readonly actions: number;
    readonly completed: number;
    readonly superseded: number;
    readonly legs: Readonly<Record<Leg, Percentiles | null>>;
  };
  readonly events: {
    readonly counts: Readonly<Partial<Record<EventName, number>>>;
    readonly lines: readonly TimelineEvent[];
  };
  /** Messages on the bus: of all guests together, and of the hypervisor. */
  readonly bus: { readonly guests: TrafficSummary; readonly hypervisor: TrafficSummary };
  /** Wall clock: how late the services' own ticks ran, in model time, worst of each interval; null in virtual time. */
  readonly lag: Readonly<Record<Lagging, Percentiles | null>>;
  readonly telemetry: {
    readonly messages: Readonly<Record<string, number>>;
    /** From sending to the monitor's handling. */
    readonly latency: Percentiles | null;
    readonly lost: number;
    readonly refused: number;
    readonly gapsSeen: number;
    readonly gaps: readonly (Gap & { readonly name: string })[];
    /** Sources that lost or refused something, or fell silent. */
    readonly sources: readonly SourceSummary[];
  };
}

/** `endNs`: when the run ended; default: with the scenario. */
export function summarise(aggregator: Aggregator, endNs = aggregator.scenario.durationNs): Summary {
  const { scenario, guests, host, control, events, lag } = aggregator;
  return {
    scenario: scenario.name,
    seed: scenario.seed,
    lastMessageNs: aggregator.nowNs,
    durationNs: scenario.durationNs,
    endNs: Math.min(endNs, scenario.durationNs),
    stepNs: scenario.stepNs,
    host: {
      name: scenario.host.name,
      samples: host.total.samples,
      machinePages: scenario.host.memoryPages,
      peakSwappedPages: host.peakSwappedPages,
      peakPoolPages: host.peakPoolPages,
      worstLagNs: host.worstLagNs,
      ...hostFigures(host.total),
    },
    vms: guests.map(vmSummary),
    phases: aggregator.phases.map((phase, index) => phaseSummary(aggregator, phase, index)),
    fairness: fairnessOf(guests.map((guest) => guest.total)),
    control: { actions: control.actions, completed: control.completed, superseded: control.superseded, legs: control.percentiles() },
    events: { counts: events.counts(), lines: events.lines },
    bus: { guests: trafficOf(guests.map((guest) => guest.traffic)), hypervisor: trafficOf([host.traffic]) },
    lag: lag.percentiles(),
    telemetry: telemetrySummary(aggregator, Math.min(endNs, scenario.durationNs)),
  };
}

function vmSummary(guest: GuestAggregate): VmSummary {
  const { latest } = guest;
  return {
    name: guest.name,
    samples: guest.total.samples,
    ...vmFigures(guest.total),
    faultLatency: percentilesOf(guest.faultLatency),
    operationLatency: percentilesOf(guest.operationLatency),
    last:
      latest === undefined
        ? null
        : {
            sizePages: latest.sizePages,
            balloonPages: latest.balloonPages,
            targetPages: latest.targetPages,
            swappedPages: latest.swappedPages,
          },
    peaks: guest.peaks,
    boots: guest.boots,
    worstLagNs: guest.worstLagNs,
  };
}

function phaseSummary(aggregator: Aggregator, phase: Window, index: number): PhaseSummary {
  const flows = aggregator.guests.map((guest) => guest.byPhase[index] as GuestFlow);
  return {
    ...phase,
    host: hostFigures(aggregator.host.byPhase[index] as HostFlow),
    vms: aggregator.guests.map((guest, vm) => ({ name: guest.name, ...vmFigures(flows[vm] as GuestFlow) })),
    fairness: fairnessOf(flows),
  };
}

function telemetrySummary(aggregator: Aggregator, endNs: number): Summary["telemetry"] {
  const { gaps, names, messages, telemetryLatency } = aggregator;
  const sources = gaps.sources.map((source, actor) => ({
    name: names[actor] as string,
    incarnation: source.incarnation,
    accepted: source.accepted,
    lost: source.lost,
    refused: source.refused,
    heardAtNs: source.heardAtNs,
    silent: actor >= HYPERVISOR && aggregator.silentNs(actor, endNs) > 0,
  }));
  return {
    messages: { ...messages },
    latency: telemetryLatency,
    lost: gaps.lost,
    refused: gaps.refused,
    gapsSeen: gaps.gapsSeen,
    gaps: gaps.gaps.map((gap) => ({ ...gap, name: names[gap.source] as string })),
    sources: sources.filter((source) => source.lost > 0 || source.refused > 0 || source.silent),
  };
}
